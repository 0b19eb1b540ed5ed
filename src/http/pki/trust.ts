// Trust material, public and without login: GET /trust/<account>/root.pem and /trust/<account>/trustpolicy.json.
// Anything else under /trust is 404; nothing here is made, only shown.
import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TrustDoor } from '../../domain/signing/index.ts';
import { endAnswer, writeHead } from '../answers.ts';
import { sendRefusedJson } from '../bounded-refusal.ts';
import type { Surface } from '../surface.ts';

const PATH = /^\/trust\/([0-9]{12})\/(root\.pem|trustpolicy\.json)$/;

/** Roots live for decades; an hour lets a new policy come through. */
const cacheControl = 'public, max-age=3600';

/** Makes the surface for paths that begin with `/trust`. `request.url` is the path with its query. */
export function makeTrustSurface(deps: { readonly trust: Pick<TrustDoor, 'rootPem' | 'policy'> }): Surface {
  return async (request, response, meta) => {
    request.resume();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const [, accountId, file] = PATH.exec(path.slice(0, 64)) ?? [];
    if (accountId === undefined || file === undefined) {
      const message = 'There is nothing here. Try /trust/<account id>/root.pem or trustpolicy.json.';
      sendRefusedJson(response, 404, { message });
      return meta.report({ operation: 'unknown', status: 404 });
    }
    const operation = file === 'root.pem' ? 'TrustRoot' : 'TrustPolicy';
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendRefusedJson(
        response,
        405,
        { message: 'Only GET and HEAD are offered here.' },
        { Allow: 'GET, HEAD' },
      );
      return meta.report({ operation, status: 405 });
    }
    try {
      const text = await (file === 'root.pem' ? deps.trust.rootPem(accountId) : deps.trust.policy(accountId));
      meta.report({ operation, status: sendText(request, response, file, text) });
    } catch (unexpected) {
      sendRefusedJson(response, 500, { message: 'Something went wrong here; the log has the request id.' });
      meta.report({ operation, status: 500, unexpected });
    }
  };
}

/** Gives the status that was sent. */
function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  file: string,
  text: string | undefined,
): number {
  if (text === undefined) {
    sendRefusedJson(response, 404, { message: 'This account has no root certificate here.' });
    return 404;
  }
  const body = Buffer.from(text, 'utf8');
  const etag = `"${hash('sha256', body, 'hex')}"`;
  const caching = { 'Cache-Control': cacheControl, ETag: etag };
  if (request.headers['if-none-match'] === etag) {
    writeHead(response, 304, caching);
    endAnswer(response);
    return 304;
  }
  writeHead(response, 200, {
    ...caching,
    'Content-Type': file === 'root.pem' ? 'application/x-pem-file' : 'application/json',
    'Content-Length': body.length,
  });
  endAnswer(response, body);
  return 200;
}
