// A request's body as a source of blob bytes: as fast as they are taken, no faster; no slower than a client must send.
import type { IncomingMessage } from 'node:http';
import type { BlobSource } from '../../domain/registry/index.ts';
import { type Pace, watchPace } from '../pace.ts';
import { BodyAbortedError, BodyTimeoutError } from '../read-body.ts';

/**
 * Gives a chunk's memory back at once. The garbage collector comes to it much later, and until then each chunk is put
 * into fresh pages, which costs as much as hashing it.
 */
function free({ buffer, byteLength }: Uint8Array): void {
  // Node makes a buffer for each chunk of a body. A view of a part says nothing about the rest.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

export function bodySource(request: IncomingMessage, pace: Pace): BlobSource {
  return {
    free,
    forEach: (take) =>
      new Promise((resolve, reject) => {
        const watch = watchPace(pace, () => fail(new BodyTimeoutError(pace)));
        const stop = () => {
          watch.stop();
          request.off('data', onData);
          request.off('end', onEnd);
          request.off('error', onGone);
          request.off('close', onGone);
        };
        const fail = (error: unknown) => {
          stop();
          request.pause();
          reject(error);
        };
        const goOn = () => {
          watch.reading(true);
          request.resume();
        };
        const onGone = () =>
          fail(new BodyAbortedError('the client closed the connection before its request was complete'));
        const onData = (chunk: Buffer) => {
          if (!watch.received(chunk.length)) return;
          let wait: Promise<void> | undefined;
          try {
            wait = take(chunk);
          } catch (error) {
            fail(error);
            return;
          }
          if (wait === undefined) return;
          request.pause();
          watch.reading(false);
          wait.then(goOn, fail);
        };
        const onEnd = () => {
          stop();
          resolve();
        };
        // Also when all of it had arrived: a destroyed stream gives nothing and tells of nothing any more.
        if (request.destroyed) {
          onGone();
          return;
        }
        request.on('data', onData);
        request.once('end', onEnd);
        request.once('error', onGone);
        request.once('close', onGone);
      }),
  };
}
