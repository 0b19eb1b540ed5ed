// A request's body in memory: never more of it than the caller allows, never more of all bodies together than the
// server has for them, and never at a slower pace than is asked of clients.
import type { IncomingMessage } from 'node:http';
import { ExpectedError } from '../shared/expected-error.ts';
import { makePieceCount, type Pace, watchPace } from './pace.ts';

/** How much of a refused body is read and thrown away, so that the client gets to see the answer. */
const DRAIN_BYTES = 256 * 1024 * 1024;
const DRAIN_MS = 15_000;

/** Of each body so much is held whether there is memory left or not: manifests and calls always get through. */
const ALWAYS_BYTES = 64 * 1024;

/** What a piece of a body takes beside its bytes. */
const CHUNK_BYTES = 256;

/** The body has more bytes than allowed; the rest is being thrown away. */
export class BodyTooLargeError extends ExpectedError {
  override readonly name = 'BodyTooLargeError';
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`The request body must not be larger than ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

/** The body comes slower than a client must send, or in too small pieces; the rest is being thrown away. */
export class BodyTimeoutError extends ExpectedError {
  override readonly name = 'BodyTimeoutError';

  constructor({ bytesPerSecond, paceMs }: Pace) {
    super(
      `The request body came too slowly (less than ${bytesPerSecond} bytes a second over ${paceMs / 1000} seconds) or in too small pieces`,
    );
  }
}

/** The bodies of other requests fill the memory that there is for bodies; later there is room again. */
export class BodyMemoryError extends ExpectedError {
  override readonly name = 'BodyMemoryError';

  constructor() {
    super('Too many large requests are under way; try again later');
  }
}

/** The client went away before its body was whole; nobody is there to answer. */
export class BodyAbortedError extends ExpectedError {
  override readonly name = 'BodyAbortedError';
}

const BODY_BYTES = Symbol('bytes of the body');
type Counted = IncomingMessage & { [BODY_BYTES]?: number };

/** Bytes that `readBody` has got of the request's body, whether it took them or not. */
export function bodyBytesOf(request: IncomingMessage): number {
  return (request as Counted)[BODY_BYTES] ?? 0;
}

/** Whether the request has a body at all (RFC 9112, section 6). */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

/**
 * Throws away what is left of a body while the answer is on its way: a client that is cut off while it sends
 * does not read why. Bounded in bytes, pieces and time; a client that goes on is cut off then. `piecesCount`: not where
 * another thread has cut the client off for them.
 */
export function drainBody(request: IncomingMessage, piecesCount = true): void {
  if (request.complete || request.destroyed) return;
  let drained = 0;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  timer.unref();
  const isLarge = makePieceCount();
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES || (piecesCount && !isLarge(chunk.length))) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.on('error', () => request.destroy());
  request.resume();
  // Begins now, not in the next turn: Node takes a body that nobody reads for its own to throw away.
  request.read(0);
}

/** Memory that all bodies share. */
export interface BodyMemory {
  /** Whether the bytes were there to be had. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function makeBodyMemory(totalBytes: number): BodyMemory {
  let left = totalBytes;
  return {
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
    give(bytes) {
      left += bytes;
    },
  };
}

/** What holds for every body. */
export interface BodyRules {
  readonly pace: Pace;
  readonly memory: BodyMemory;
}

/** A body and the memory that it takes, which is given back when it is disposed of. */
export interface HeldBody extends Disposable {
  readonly bytes: Buffer;
}

/**
 * Reads the whole body, at most `limitBytes` of it. Rejects with BodyTooLargeError, BodyTimeoutError,
 * BodyMemoryError, or BodyAbortedError; what is left of the body is the listener's to throw away.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  { pace, memory }: BodyRules,
): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const counted: Counted = request;
    const chunks: Buffer[] = [];
    let length = 0;
    let held = 0;
    let taken = 0;
    const giveBack = () => {
      memory.give(taken);
      taken = 0;
    };
    const watch = watchPace(pace, () => fail(new BodyTimeoutError(pace)));
    const stop = () => {
      watch.stop();
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('error', onGone);
      request.off('close', onGone);
    };
    const fail = (error: Error) => {
      counted[BODY_BYTES] = length;
      stop();
      request.pause();
      giveBack();
      reject(error);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      held += chunk.length + CHUNK_BYTES;
      if (!watch.received(chunk.length)) return;
      if (length > limitBytes) {
        fail(new BodyTooLargeError(limitBytes));
        return;
      }
      const wanted = Math.max(held - ALWAYS_BYTES, 0) - taken;
      if (wanted > 0 && !memory.take(wanted)) {
        fail(new BodyMemoryError());
        return;
      }
      taken += Math.max(wanted, 0);
      chunks.push(chunk);
    };
    const onEnd = () => {
      counted[BODY_BYTES] = length;
      stop();
      const [only] = chunks;
      const bytes = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length);
      resolve({ bytes, [Symbol.dispose]: giveBack });
    };
    const onGone = () =>
      fail(new BodyAbortedError('the client closed the connection before its request was complete'));
    // Also when all of it had arrived: a destroyed stream gives nothing and tells of nothing any more.
    if (request.destroyed) {
      onGone();
      return;
    }
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      fail(new BodyTooLargeError(limitBytes));
      return;
    }
    request.on('data', onData);
    request.once('end', onEnd);
    request.once('error', onGone);
    request.once('close', onGone);
  });
}
