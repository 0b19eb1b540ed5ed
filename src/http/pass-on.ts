// Requests that this thread does not answer go to the one that does, over a socket within the process, and its answers
// come back as they are. What belongs to one connection (keep-alive, who waits to send a body) each side settles for
// itself.
import { Agent, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { sendRefusedJson } from './bounded-refusal.ts';
import { CLIENT_HEADER, clientText } from './client.ts';
import { hasBody } from './read-body.ts';
import type { RequestMeta, Surface } from './surface.ts';

/** Of one connection each (RFC 9110, section 7.6.1), or settled here. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  // As the listener found it: a proxy may have said which one the client called.
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  CLIENT_HEADER,
]);

/** Methods whose lack of a body has to be said. */
const EXPECTS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

export interface PassOn {
  readonly surface: Surface;
  close(): void;
}

/** `socketPath`: where the other thread listens. */
export function makePassOn(socketPath: string): PassOn {
  const agent = new Agent({ keepAlive: true });
  return {
    surface: async (request, response, meta) => {
      const fault = await passOn(request, response, meta, { socketPath, agent });
      const report = { operation: 'unknown', status: response.statusCode };
      meta.report(fault === undefined ? { ...report, isPassedOn: true } : { ...report, unexpected: fault });
    },
    close: () => agent.destroy(),
  };
}

/** Resolves when the answer is over, or its client is gone; with why, when the other thread did not answer. */
function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  meta: RequestMeta,
  to: { readonly socketPath: string; readonly agent: Agent },
): Promise<Error | undefined> {
  const { method = 'GET', url = '/' } = request;
  const onward = send({ ...to, method, path: url, setHost: false, headers: headersOf(request, meta) });
  return new Promise((resolve) => {
    let answered = false;
    let fault: Error | undefined;
    onward.on('error', (error) => {
      // Who has answered may close before all of a body came; and nobody is told who is gone.
      if (answered || response.destroyed) return;
      fault = error;
      sendRefusedJson(
        response,
        503,
        { message: 'try again', requestId: meta.requestId },
        { 'Retry-After': '1' },
      );
    });
    onward.on('response', (answer) => {
      answered = true;
      response.writeHead(answer.statusCode ?? 500, [
        ...ownFree(answer.rawHeaders),
        ...(answer.headers.connection === 'close' ? ['Connection', 'close'] : []),
      ]);
      answer.on('error', () => response.destroy());
      answer.pipe(response);
    });
    response.on('finish', () => {
      // What comes still is thrown away here, as of any other request.
      request.unpipe(onward);
      request.resume();
    });
    response.on('close', () => {
      // Nobody waits for the answer any more, or nobody wants the rest of the body.
      if (!response.writableFinished || !request.complete) onward.destroy();
      resolve(fault);
    });
    request.pipe(onward);
  });
}

function headersOf(request: IncomingMessage, { sourceIp, isEncrypted }: RequestMeta): string[] {
  const headers = ownFree(request.rawHeaders);
  if (!hasBody(request) && EXPECTS_BODY.has(request.method ?? '') && !('content-length' in request.headers)) {
    headers.push('Content-Length', '0');
  }
  const { host } = request.headers;
  if (host !== undefined) headers.push('Host', host);
  headers.push(CLIENT_HEADER, clientText({ address: sourceIp, isEncrypted }));
  return headers;
}

/** Names and values by turns, as Node has them. */
function ownFree(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    if (!OWN_HEADERS.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
