// Sends an open blob, or a range of it: two buffers take turns, one is filled while the other is on its way. Ends
// early when the client goes away; the reader is closed and the buffers are given back in every case.
import type { ServerResponse } from 'node:http';
import type { BlobReader } from '../../domain/registry/index.ts';
import { BUFFER_BYTES, type BufferPool } from './buffer-pool.ts';

/** Sends bytes `from` to `to` (exclusive) after the head, and ends the response. Rejects when reading fails. */
export async function sendBlob(
  response: ServerResponse,
  reader: BlobReader,
  from: number,
  to: number,
  buffers: BufferPool,
): Promise<void> {
  if (reader.bytes !== undefined) {
    response.end(reader.bytes.subarray(from, to));
    reader.close();
    return;
  }
  const taken: Buffer[] = [];
  const buffer = (turn: number): Buffer => {
    const kept = taken[turn];
    if (kept !== undefined) return kept;
    const fresh = buffers.take();
    taken.push(fresh);
    return fresh;
  };
  // A closed response does not always tell each write of its end.
  const { promise: gone, resolve: leave } = Promise.withResolvers<boolean>();
  const onClose = () => leave(false);
  response.once('close', onClose);
  const write = (bytes: Uint8Array): Promise<boolean> =>
    Promise.race([
      gone,
      new Promise<boolean>((resolve) => {
        response.write(bytes, (error) => resolve(error === undefined || error === null));
      }),
    ]);
  try {
    let onItsWay: Promise<boolean> = Promise.resolve(true);
    for (let position = from, turn = 0; position < to; turn = 1 - turn) {
      const target = buffer(turn).subarray(0, Math.min(BUFFER_BYTES, to - position));
      const read = await reader.read(target, position);
      if (read === 0) throw new Error(`blob ${reader.digest} ends at byte ${position}`);
      if (!(await onItsWay)) return;
      onItsWay = write(target.subarray(0, read));
      position += read;
    }
    if (await onItsWay) response.end();
  } finally {
    response.off('close', onClose);
    reader.close();
    // After a write was acknowledged, or the socket is closed, nothing looks at them any more.
    if (response.destroyed || response.writableEnded) for (const used of taken) buffers.give(used);
  }
}
