// How answers are written, whichever surface gives them: the head at once, the end together with those of all other
// requests of the same turn of the event loop. A write to a socket wakes its reader; where many requests are under
// way, one woken reader takes what follows on its way.
import type { ServerResponse } from 'node:http';

export type AnswerHeaders = Readonly<Record<string, string | number>>;

/** Of every answer: none is to be taken for a page or a script because its bytes look like one. */
export const NO_SNIFFING = { 'X-Content-Type-Options': 'nosniff' } as const;

/** Kept apart from the response's own: to set them there makes Node check and copy all of a head's headers twice. */
const PRESET = Symbol('preset headers');
type Preset = ServerResponse & { [PRESET]?: AnswerHeaders };

/** Headers of the answer to come, whatever it will be. */
export function presetHeaders(response: ServerResponse, headers: AnswerHeaders): void {
  const answer: Preset = response;
  answer[PRESET] = answer[PRESET] === undefined ? headers : { ...answer[PRESET], ...headers };
}

/** Writes status and headers; the answer has begun then (`headersSent`). */
export function writeHead(response: ServerResponse, status: number, headers: AnswerHeaders): void {
  response.writeHead(status, { ...(response as Preset)[PRESET], ...headers });
}

type Body = string | Uint8Array | undefined;

/** Bytes up to which a body leaves as text in one piece with its head: two pieces cost more than the copy. */
const ONE_PIECE_BYTES = 8 * 1024;

let ending: { readonly response: ServerResponse; readonly body: Body }[] = [];

/**
 * Ends an answer whose head is written, when this turn is over. `given` must not change any more; an answer to HEAD goes
 * without it.
 */
export function endAnswer(response: ServerResponse, given?: Body): void {
  const body = response.req.method === 'HEAD' ? undefined : given;
  // Whoever is still sending is answered at once: much more of it could come before the turn is over.
  if (!response.req.complete) response.end(body);
  else if (ending.push({ response, body }) === 1) setImmediate(endAll);
}

function endAll(): void {
  const batch = ending;
  ending = [];
  for (const { response, body } of batch) {
    if (body instanceof Uint8Array && body.length <= ONE_PIECE_BYTES)
      response.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
    else response.end(body);
  }
}
