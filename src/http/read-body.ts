// A request's body in memory, never more of it than the caller allows.
import type { IncomingMessage } from 'node:http';

/** How much of a refused body is read and thrown away, so that the client gets to see the answer. */
const DRAIN_BYTES = 256 * 1024 * 1024;
const DRAIN_MS = 15_000;

/** How long a body may take: 20 MiB over a slow line. A client that trickles bytes holds no memory for longer. */
const READ_MS = 300_000;

/** The body has more bytes than allowed; the rest is being thrown away. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
  readonly limitBytes: number;

  constructor(limitBytes: number) {
    super(`The request body must not be larger than ${limitBytes} bytes`);
    this.limitBytes = limitBytes;
  }
}

/** The body did not come in time. */
export class BodyTimeoutError extends Error {
  override readonly name = 'BodyTimeoutError';

  constructor(timeoutMs: number) {
    super(`The request body did not arrive within ${timeoutMs / 1000} seconds`);
  }
}

/** The client went away before its body was whole; nobody is there to answer. */
export class BodyAbortedError extends Error {
  override readonly name = 'BodyAbortedError';
}

/**
 * Throws away what is left of a body while the answer is on its way: a client that is cut off while it sends
 * does not read why. Bounded in bytes and time; a client that goes on is cut off then.
 */
export function drainBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let drained = 0;
  const timer = setTimeout(() => request.destroy(), DRAIN_MS);
  timer.unref();
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES) request.destroy();
  });
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.on('error', () => request.destroy());
  request.resume();
}

/**
 * Reads the whole body, at most `limitBytes` of it, in at most `timeoutMs`. Rejects with BodyTooLargeError or
 * BodyTimeoutError (the rest is drained), or BodyAbortedError.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  timeoutMs: number = READ_MS,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = setTimeout(() => {
      stop();
      drainBody(request);
      reject(new BodyTimeoutError(timeoutMs));
    }, timeoutMs);
    const stop = () => {
      clearTimeout(timer);
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('error', onGone);
      request.off('close', onGone);
    };
    const tooLarge = () => {
      stop();
      drainBody(request);
      reject(new BodyTooLargeError(limitBytes));
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) tooLarge();
      else chunks.push(chunk);
    };
    const onEnd = () => {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    };
    const onGone = () => {
      stop();
      reject(new BodyAbortedError('the client closed the connection before its request was complete'));
    };
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      tooLarge();
      return;
    }
    request.on('data', onData);
    request.once('end', onEnd);
    request.once('error', onGone);
    request.once('close', onGone);
  });
}
