// The head: how far the log goes, under a key of the master key. Without it nobody would see that the end was cut
// off. Two slots of a fixed size are written in turn, so that one of them is whole whenever the process dies.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainPoint } from './line.ts';

const SLOT_BYTES = 512;
const NAME = 'head';

/** A key of a master key, by that key's id. */
export interface HeadKey {
  readonly id: string;
  readonly key: Uint8Array;
}

export interface Head extends ChainPoint {
  readonly log: string;
  readonly segment: number;
  /** Length of the segment up to and with the record. */
  readonly bytes: number;
}

export type HeadFound =
  | { readonly kind: 'good'; readonly head: Head }
  | { readonly kind: 'absent' }
  /** There is something, but none of it was made under the keys that are at hand. */
  | { readonly kind: 'bad' };

function macOf({ key, id }: HeadKey, head: Head): Buffer {
  const { log, sequence, hash, segment, bytes } = head;
  return createHmac('sha256', key)
    .update(['sealport-audit-head/1', id, log, sequence, hash, segment, bytes].join('\n'))
    .digest();
}

export class HeadFile {
  readonly #file: FileHandle;
  #slot = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(directory: string): Promise<HeadFile> {
    const file = await open(join(directory, NAME), constants.O_RDWR | constants.O_CREAT, 0o600);
    return new HeadFile(file);
  }

  /** The record must be durable before. Survives the end of the process at once, a power cut after `sync`. */
  async write(head: Head, key: HeadKey): Promise<void> {
    const { log, sequence, hash, segment, bytes } = head;
    const text = JSON.stringify({
      log,
      sequence,
      hash,
      segment,
      bytes,
      key: key.id,
      mac: macOf(key, head).toString('hex'),
    });
    this.#slot = 1 - this.#slot;
    await this.#file.write(`${text.padEnd(SLOT_BYTES - 1)}\n`, this.#slot * SLOT_BYTES);
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The furthest head that one of the keys made. */
export async function readHead(directory: string, keys: readonly HeadKey[]): Promise<HeadFound> {
  let file: FileHandle;
  try {
    file = await open(join(directory, NAME), 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
  const buffer = Buffer.alloc(2 * SLOT_BYTES);
  try {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead === 0) return { kind: 'absent' };
  } finally {
    await file.close();
  }
  const heads = [0, SLOT_BYTES].flatMap((start) => {
    const head = parseSlot(buffer.toString('latin1', start, start + SLOT_BYTES), keys);
    return head === undefined ? [] : [head];
  });
  const [first, ...others] = heads;
  if (first === undefined) return { kind: 'bad' };
  return { kind: 'good', head: others.reduce((a, b) => (b.sequence > a.sequence ? b : a), first) };
}

function parseSlot(text: string, keys: readonly HeadKey[]): Head | undefined {
  let parsed: Partial<Record<string, unknown>>;
  try {
    parsed = JSON.parse(text.replaceAll('\0', ' ')) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { log, sequence, hash, segment, bytes, key: id, mac } = parsed;
  const key = keys.find((candidate) => candidate.id === id);
  if (
    key === undefined ||
    typeof log !== 'string' ||
    typeof hash !== 'string' ||
    typeof mac !== 'string' ||
    typeof sequence !== 'number' ||
    typeof segment !== 'number' ||
    typeof bytes !== 'number'
  )
    return undefined;
  const head: Head = { log, sequence, hash, segment, bytes };
  const given = Buffer.from(mac, 'hex');
  const wanted = macOf(key, head);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? head : undefined;
}
