// Trust material, public and without login: GET /trust/<account>/root.pem and /trust/<account>/trustpolicy.json.
// Anything else under /trust is 404; nothing here is made, only shown.
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TrustDoor } from '../../domain/signing/index.ts';

const PATH = /^\/trust\/([0-9]{12})\/(root\.pem|trustpolicy\.json)$/;

/** Roots live for decades; an hour lets a new policy come through. */
const cacheControl = 'public, max-age=3600';

/** Makes the surface for paths that begin with `/trust`. `request.url` is the path with its query. */
export function makeTrustSurface(deps: { readonly trust: Pick<TrustDoor, 'rootPem' | 'policy'> }) {
  return async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const [, accountId, file] = PATH.exec(path.slice(0, 64)) ?? [];
    if (accountId === undefined || file === undefined)
      return refuse(
        response,
        404,
        'There is nothing here. Try /trust/<account id>/root.pem or /trust/<account id>/trustpolicy.json.',
      );
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Only GET and HEAD are offered here.');
    }
    const isPem = file === 'root.pem';
    const text = await (isPem ? deps.trust.rootPem(accountId) : deps.trust.policy(accountId));
    if (text === undefined)
      return refuse(response, 404, `The account ${accountId} has no root certificate here.`);
    const body = Buffer.from(text, 'utf8');
    const etag = `"${hash('sha256', body, 'hex')}"`;
    response.setHeader('Cache-Control', cacheControl);
    response.setHeader('ETag', etag);
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, {
      'Content-Type': isPem ? 'application/x-pem-file' : 'application/json',
      'Content-Length': body.length,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = Buffer.from(JSON.stringify({ message }), 'utf8');
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
