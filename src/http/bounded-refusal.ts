// The one way in which a refusal leaves, whatever the surface: never much larger than the request that it answers. A
// client that sends little must not make the server send a lot, and what a refusal repeats of a request (names,
// digests, values) is the client's to choose.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer, writeHead } from './answers.ts';
import { bodyBytesOf } from './read-body.ts';

/** Bytes of a refusal's body that are always there to be had. */
export const LEAST_REFUSAL_BYTES = 4096;
/** Bytes that no refusal goes beyond. */
export const MOST_REFUSAL_BYTES = 256 * 1024;
/** Between the two: so many bytes for each byte of the request. */
export const REFUSAL_FACTOR = 10;

/** Below this much room nothing is left to cut. */
const NO_ROOM = 16;

/** Writes a refusal in about so many characters; what does not fit is left out and counted. */
export type RenderRefusal = (room: number) => string;

/** Bytes that a refusal of the request may have. Counts what came of the request, not what was announced. */
export function refusalLimit(request: IncomingMessage): number {
  const { method = '', url = '', rawHeaders } = request;
  const head = rawHeaders.reduce((bytes, text) => bytes + text.length, method.length + url.length);
  const allowed = REFUSAL_FACTOR * (head + bodyBytesOf(request));
  return Math.min(Math.max(allowed, LEAST_REFUSAL_BYTES), MOST_REFUSAL_BYTES);
}

/** A refusal of `limit` bytes at most: written again with half the room while it is larger. */
export function boundedRefusal(limit: number, render: RenderRefusal): string {
  let room = limit;
  for (;;) {
    const body = render(room);
    if (Buffer.byteLength(body) <= limit) return body;
    if (room < NO_ROOM) throw new Error(`a refusal of ${Buffer.byteLength(body)} bytes without its texts`);
    room = Math.floor(room / 2);
  }
}

/** The text, or its beginning and how much is missing. */
export function shortened(text: string, room: number): string {
  if (text.length <= room) return text;
  return `${text.slice(0, room).toWellFormed()}… (${text.length - room} more characters)`;
}

/** Sends a refusal within its limit, and within `mostBytes` where its readers take no more. */
export function sendRefused(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  render: RenderRefusal,
  mostBytes = MOST_REFUSAL_BYTES,
): void {
  const body = boundedRefusal(Math.min(refusalLimit(response.req), mostBytes), render);
  writeHead(response, status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  // As text, so that head and body leave in one write.
  endAnswer(response, body);
}

/** Sends a refusal as a small JSON document. */
export function sendRefusedJson(
  response: ServerResponse,
  status: number,
  document: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendRefused(response, status, { 'Content-Type': 'application/json', ...headers }, (room) =>
    JSON.stringify(document, (_, value: unknown) =>
      typeof value === 'string' ? shortened(value, room) : value,
    ),
  );
}
