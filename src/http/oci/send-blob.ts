// Sends an open blob, or a range of it: two buffers take turns, one is filled while the other is on its way. Ends
// early when the client goes away; the reader is closed and the buffers are given back in every case.
import type { ServerResponse } from 'node:http';
import type { BlobReader } from '../../domain/registry/index.ts';
import { endAnswer } from '../answers.ts';
import type { BufferPool } from './buffer-pool.ts';

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
  const pair = [buffers.take(), buffers.take()] as const;
  const writer = makeWriter(response);
  try {
    let onItsWay: Promise<boolean> = Promise.resolve(true);
    for (let position = from, turn = 0; position < to; turn = 1 - turn) {
      const whole = turn === 0 ? pair[0] : pair[1];
      const target = whole.subarray(0, to - position);
      const read = await reader.read(target, position);
      if (read === 0) throw new Error(`blob ${reader.digest} ends at byte ${position}`);
      if (!(await onItsWay)) return;
      onItsWay = writer.write(target.subarray(0, read));
      position += read;
    }
    if (await onItsWay) response.end();
  } finally {
    writer.stop();
    reader.close();
    // After a write was acknowledged, or the socket is closed, nothing looks at them any more.
    const returned = response.destroyed || response.writableEnded;
    for (const used of pair) {
      if (returned) buffers.give(used);
      else buffers.lose(used);
    }
  }
}

interface Writer {
  /** One at a time. True when the socket took the bytes, false when the client is gone. */
  write(bytes: Uint8Array): Promise<boolean>;
  stop(): void;
}

/** A closed response does not always tell a write of its end. */
function makeWriter(response: ServerResponse): Writer {
  let settle: ((taken: boolean) => void) | undefined;
  const onClose = () => settle?.(false);
  response.once('close', onClose);
  return {
    write(bytes) {
      if (response.destroyed) return Promise.resolve(false);
      return new Promise((resolve) => {
        settle = resolve;
        response.write(bytes, (error) => resolve(error === undefined || error === null));
      });
    },
    stop: () => response.off('close', onClose),
  };
}
