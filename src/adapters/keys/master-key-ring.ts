// The master keys that are at hand: the one in use, and those that were in use before and may still open old records.
// The one in use may change while the process runs; whoever seals asks each time.
import { MasterKey } from './master-key.ts';

export class MasterKeyRing {
  #current: MasterKey;
  /** The newest first. */
  #retired: readonly MasterKey[];
  #generation = 0;
  readonly #derived = new Map<string, readonly Uint8Array[]>();

  constructor(current: MasterKey, retired: readonly MasterKey[] = []) {
    this.#current = current;
    this.#retired = retired.filter(({ id }) => id !== current.id);
  }

  /** A ring for this thread, from copies of the keys of another thread's, which are erased: the one in use first. */
  static ofCopies(copies: readonly Uint8Array[]): MasterKeyRing {
    const [current, ...retired] = taken(copies);
    return new MasterKeyRing(current, retired);
  }

  get current(): MasterKey {
    return this.#current;
  }

  /** The one in use, then the others. */
  get all(): readonly MasterKey[] {
    return [this.#current, ...this.#retired];
  }

  /** Changes with every change of the keys. */
  get generation(): number {
    return this.#generation;
  }

  /** Makes `key` able to open records; nothing is sealed under it yet. */
  add(key: MasterKey): void {
    if (this.all.some(({ id }) => id === key.id)) return;
    this.#retired = [...this.#retired, key];
    this.#changed();
  }

  /** Puts `key` in use; the one before stays at hand. */
  use(key: MasterKey): void {
    if (key.id === this.#current.id) return;
    this.#retired = [this.#current, ...this.#retired.filter(({ id }) => id !== key.id)];
    this.#current = key;
    this.#changed();
  }

  /** Drops a key that is not in use. What is sealed under it cannot be opened any more. */
  forget(id: string): void {
    this.#retired = this.#retired.filter((key) => key.id !== id);
    this.#changed();
  }

  /** Takes over the keys of another thread's ring from copies of them, which are erased: the one in use first. */
  replace(copies: readonly Uint8Array[]): void {
    const [current, ...retired] = taken(copies);
    this.#current = current;
    this.#retired = retired;
    this.#changed();
  }

  /** A key of each master key for one purpose, the one in use first; the same array until the keys change. */
  derived(label: string): readonly Uint8Array[] {
    let keys = this.#derived.get(label);
    if (keys === undefined) {
      keys = this.all.map((key) => key.deriveKey(label));
      this.#derived.set(label, keys);
    }
    return keys;
  }

  #changed(): void {
    this.#generation += 1;
    this.#derived.clear();
  }
}

function taken(copies: readonly Uint8Array[]): readonly [MasterKey, ...MasterKey[]] {
  const [current, ...retired] = copies.map((bytes) => {
    const key = new MasterKey(bytes);
    bytes.fill(0);
    return key;
  });
  if (current === undefined) throw new Error('a thread was given no master key');
  return [current, ...retired];
}
