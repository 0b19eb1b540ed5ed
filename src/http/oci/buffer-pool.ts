// Buffers for downloads, used again by the next one. Bounded in what it keeps, not in what it lends.

export const BUFFER_BYTES = 512 * 1024;

export interface BufferPool {
  take(): Buffer;
  /** `buffer` must not be used any more, by anyone. */
  give(buffer: Buffer): void;
}

/** `keep`: how many buffers stay while nobody needs them. */
export function makeBufferPool(keep: number): BufferPool {
  const free: Buffer[] = [];
  return {
    take: () => free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES),
    give(buffer) {
      if (free.length < keep) free.push(buffer);
    },
  };
}
