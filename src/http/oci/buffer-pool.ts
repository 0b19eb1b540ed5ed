// Buffers for downloads, used again by the next one. Bounded in what it keeps, and in what it lends at full size: when
// very many downloads are under way, the rest go on with small ones.

export const BUFFER_BYTES = 512 * 1024;
export const SMALL_BUFFER_BYTES = 32 * 1024;
/** Bytes lent at a time in buffers of full size. */
export const MAX_LENT_BYTES = 128 * 1024 * 1024;

export interface BufferPool {
  take(): Buffer;
  /** `buffer` must not be used any more, by anyone. */
  give(buffer: Buffer): void;
}

/** `keep`: how many buffers stay while nobody needs them. */
export function makeBufferPool(keep: number): BufferPool {
  const free: Buffer[] = [];
  let lent = 0;
  return {
    take() {
      if (lent * BUFFER_BYTES >= MAX_LENT_BYTES) return Buffer.allocUnsafeSlow(SMALL_BUFFER_BYTES);
      lent += 1;
      return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    },
    give(buffer) {
      if (buffer.length < BUFFER_BYTES) return;
      lent -= 1;
      if (free.length < keep) free.push(buffer);
    },
  };
}
