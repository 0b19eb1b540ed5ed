// Bytes of manifests or small layers by digest, the most recently used ones, bounded in bytes. Bytes only: whether a
// repository holds them and who may have them is asked of the store every time. Content never changes under a digest.
import type { Digest } from '../../shared/digest.ts';

export class ByteCache {
  readonly #entries = new Map<Digest, Uint8Array>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get(digest: Digest): Uint8Array | undefined {
    const bytes = this.#entries.get(digest);
    if (bytes === undefined) return undefined;
    // A map keeps the order of insertion: the least recently used entry is the first.
    this.#entries.delete(digest);
    this.#entries.set(digest, bytes);
    return bytes;
  }

  delete(digest: Digest): void {
    const bytes = this.#entries.get(digest);
    if (bytes === undefined) return;
    this.#entries.delete(digest);
    this.#bytes -= bytes.length;
  }

  /** Keeps `bytes`, which nobody may change any more. One entry takes a sixteenth of the room at most. */
  add(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length * 16 > this.#limitBytes || this.#entries.has(digest)) return;
    // A body may be a view of a larger buffer, which it would keep alive.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes);
    this.#entries.set(digest, own);
    this.#bytes += own.length;
    for (const [oldest, { length }] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= length;
    }
  }
}
