// Bytes of an answer that go to its socket past Node's streams, handed over by the kernel. Only while nothing waits in
// the streams: what is written there before and after keeps its place.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isLoopback } from '../shared/ip-address.ts';

/** How many bytes of an answer went this way. On the answer itself: a map of answers costs more than all else here. */
const PAST_STREAM = Symbol('bytes past the stream');
type Counted = ServerResponse & { [PAST_STREAM]?: number };

/** What of the bytes of an answer the socket's own count does not know. */
export function bytesPastStream(response: ServerResponse): number {
  return (response as Counted)[PAST_STREAM] ?? 0;
}

/**
 * Lets `send` hand bytes to the socket of an answer whose head is written. Gives how many; undefined when nothing can go
 * this way, because the connection is encrypted or closed, or something is still to be written to it.
 */
export function sendPastStream(
  response: ServerResponse,
  send: (descriptor: number, position: number, length: number, isLocal: boolean) => number,
  position: number,
  length: number,
): number | undefined {
  const { socket } = response;
  if (socket === null || socket.destroyed || response.writableLength > 0) return undefined;
  const descriptor = descriptorOf(socket);
  if (descriptor === undefined) return undefined;
  const sent = send(descriptor, position, length, isLoopback(socket.remoteAddress ?? ''));
  const counted: Counted = response;
  counted[PAST_STREAM] = bytesPastStream(response) + sent;
  // The watch over idle connections sees streams only.
  if (sent > 0 && socket.timeout !== undefined) socket.setTimeout(socket.timeout);
  return sent;
}

/**
 * Asked for anew for each use: when a socket closes, its number is another file's at once. Node documents no way to it;
 * every stream of the system has had it in this place for as long as there is one.
 */
function descriptorOf(socket: Socket): number | undefined {
  if (socket instanceof TLSSocket) return undefined;
  const { _handle: handle } = socket as { readonly _handle?: { readonly fd?: unknown } | null };
  const descriptor = handle?.fd;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined;
}
