// Sends an open blob, or a range of it: one part is read while the one before is on its way. Ends early when the client
// goes away; the reader is closed and the buffers are given back in every case.
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { BlobReader } from '../../domain/registry/index.ts';
import { endAnswer } from '../answers.ts';
import { sendPastStream } from '../past-stream.ts';
import type { BufferPool } from './buffer-pool.ts';

/** So much is handed to the kernel at a time before others have their turn. */
const DIRECT_BYTES = 1024 * 1024;
/** A socket that takes no more gets so much by a write, which tells when it was taken. */
const WAITING_BYTES = 64 * 1024;
/** From memory so much is copied at a time as stays in the processor's cache between the two copies. */
const COPY_BYTES = 256 * 1024;

/** Sends bytes `from` to `to` (exclusive) after the head, and ends the response. Rejects when reading fails. */
export async function sendBlob(
  response: ServerResponse,
  reader: BlobReader,
  from: number,
  to: number,
  buffers: BufferPool,
): Promise<void> {
  if (reader.bytes !== undefined) {
    endAnswer(response, reader.bytes.subarray(from, to));
    reader.close();
    return;
  }
  const write = makeWrite(response);
  let onItsWay = Promise.resolve(true);
  let buffer: Buffer | undefined;
  try {
    for (let position = from; position < to; ) {
      await setImmediate();
      const wanted = Math.min(DIRECT_BYTES, to - position);
      const warm = reader.fromMemory?.has(position, wanted) ? reader.fromMemory : undefined;
      let copied = COPY_BYTES;
      if (warm?.send !== undefined && position > from) {
        if (!(await onItsWay)) return;
        const sent = sendPastStream(response, warm.send, position, wanted);
        if (sent !== undefined) copied = WAITING_BYTES;
        position += sent ?? 0;
        if (sent === wanted) continue;
      }
      buffer = buffers.take();
      const target = buffer.subarray(0, to - position);
      const read =
        warm === undefined
          ? await reader.read(target, position)
          : warm.read(target.subarray(0, copied), position);
      if (read === 0) throw new Error(`blob ${reader.digest} ends at byte ${position}`);
      if (!(await onItsWay)) return;
      onItsWay = writeAndGiveBack(buffer, read);
      buffer = undefined;
      position += read;
    }
    if (await onItsWay) response.end();
  } finally {
    reader.close();
    if (buffer !== undefined) buffers.give(buffer);
  }

  async function writeAndGiveBack(filled: Buffer, length: number): Promise<boolean> {
    const taken = await write(filled.subarray(0, length));
    // After a write was acknowledged, or the socket is closed, nothing looks at it any more.
    buffers.give(filled);
    return taken;
  }
}

/** Writes one part at a time. True when the socket took the bytes, false when the client is gone. */
function makeWrite(response: ServerResponse): (bytes: Uint8Array) => Promise<boolean> {
  let settle: ((taken: boolean) => void) | undefined;
  // A closed response does not always tell a write of its end.
  response.once('close', () => settle?.(false));
  return (bytes) => {
    if (response.destroyed) return Promise.resolve(false);
    return new Promise((resolve) => {
      settle = resolve;
      response.write(bytes, (error) => resolve(error === undefined || error === null));
    });
  };
}
