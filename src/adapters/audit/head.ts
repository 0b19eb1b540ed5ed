// How far the log goes, under a key of the master key, in two places: a file beside the segments (the head), and a row of
// the database (the mark). Without them nobody would see that the end was cut off; with the second one an older copy of
// the folder shows. The head has two slots of a fixed size, written in turn, so that one of them is whole whenever the
// process dies.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChainPoint } from './line.ts';
import type { AuditKey } from './seal.ts';
import { requireInPlace } from './segments.ts';

const SLOT_BYTES = 512;
const NAME = 'head';

/** Where a record is. */
export interface Place extends ChainPoint {
  readonly log: string;
  readonly segment: number;
  /** Length of the segment up to and with the record. */
  readonly bytes: number;
}

export interface Head extends Place {
  /** Number of the newest mark that is durable in the database; 0: none. */
  readonly mark: number;
  /** No record up to here is of a later time; epoch ms. */
  readonly latest: number;
  /** Sequence of the oldest finding that nobody has accepted; 0: there is none. */
  readonly finding: number;
  /** Whether the log was closed behind the record: then nothing comes after it. */
  readonly closed: boolean;
  /** `1`: of before there were seals. */
  readonly format: 1 | 2;
}

export type Found<T> =
  | { readonly kind: 'good'; readonly head: T }
  | { readonly kind: 'absent' }
  /** There is something, but none of it was made under the keys that are at hand. */
  | { readonly kind: 'bad' };

export type HeadFound = Found<Head>;

/** What a MAC is for: one of the head is none of a mark. */
type Purpose = 'head' | 'mark';

function macOf(purpose: Purpose, { key, id }: AuditKey, head: Head): Buffer {
  const { log, sequence, hash, segment, bytes, mark, latest, finding, closed, format } = head;
  const place = [id, log, sequence, hash, segment, bytes];
  const parts = format === 1 ? place : [...place, mark, latest, finding, closed];
  return createHmac('sha256', key)
    .update([`sealport-audit-${purpose}/${format}`, ...parts].join('\n'))
    .digest();
}

/** As it is stored. */
export function vouched(purpose: Purpose, head: Omit<Head, 'format'>, key: AuditKey): string {
  const mac = macOf(purpose, key, { ...head, format: 2 });
  return JSON.stringify({ ...head, format: 2, key: key.id, mac: mac.toString('hex') });
}

/** What is stored as the mark; undefined: nothing. */
export function readMark(text: string | undefined, keys: readonly AuditKey[]): HeadFound {
  if (text === undefined) return { kind: 'absent' };
  const head = readVouched('mark', text, keys);
  return head === undefined ? { kind: 'bad' } : { kind: 'good', head };
}

export class HeadFile {
  readonly #path: string;
  readonly #file: FileHandle;
  #slot = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(directory: string): Promise<HeadFile> {
    const path = join(directory, NAME);
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    return new HeadFile(path, file);
  }

  /** The record must be durable before. Survives the end of the process at once, a power cut after `sync`. */
  async write(head: Omit<Head, 'format'>, key: AuditKey): Promise<void> {
    this.#slot = 1 - this.#slot;
    const text = vouched('head', head, key);
    await this.#file.write(`${text.padEnd(SLOT_BYTES - 1)}\n`, this.#slot * SLOT_BYTES);
  }

  /** Throws when the file is not where it was: nobody would find what it says. */
  async sync(): Promise<void> {
    await requireInPlace(this.#file, this.#path);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The furthest head that one of the keys made. */
export async function readHead(directory: string, keys: readonly AuditKey[]): Promise<HeadFound> {
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
    const head = readVouched('head', buffer.toString('latin1', start, start + SLOT_BYTES), keys);
    return head === undefined ? [] : [head];
  });
  const [first, ...others] = heads;
  if (first === undefined) return { kind: 'bad' };
  return { kind: 'good', head: others.reduce((a, b) => (isFurther(b, a) ? b : a), first) };
}

/** Of two with the same record, the one that is not closed was written later: a start opens what was closed. */
function isFurther(a: Head, b: Head): boolean {
  if (a.sequence !== b.sequence) return a.sequence > b.sequence;
  return a.mark === b.mark ? !a.closed : a.mark > b.mark;
}

function readVouched(purpose: Purpose, text: string, keys: readonly AuditKey[]): Head | undefined {
  let parsed: Partial<Record<string, unknown>>;
  try {
    parsed = JSON.parse(text.replaceAll('\0', ' ')) as Partial<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const { log, hash, key: id, mac, format = 1 } = parsed;
  const key = keys.find((candidate) => candidate.id === id);
  const numbers = ['sequence', 'segment', 'bytes', ...(format === 1 ? [] : ['mark', 'latest', 'finding'])];
  if (
    key === undefined ||
    (format !== 1 && format !== 2) ||
    typeof log !== 'string' ||
    typeof hash !== 'string' ||
    typeof mac !== 'string' ||
    !numbers.every((name) => typeof parsed[name] === 'number')
  )
    return undefined;
  const numberOf = (name: string) => Number(parsed[name] ?? 0);
  const head: Head = {
    log,
    sequence: numberOf('sequence'),
    hash,
    segment: numberOf('segment'),
    bytes: numberOf('bytes'),
    mark: format === 1 ? 0 : numberOf('mark'),
    latest: format === 1 ? 0 : numberOf('latest'),
    finding: format === 1 ? 0 : numberOf('finding'),
    closed: format === 2 && parsed['closed'] === true,
    format,
  };
  const given = Buffer.from(mac, 'hex');
  const wanted = macOf(purpose, key, head);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? head : undefined;
}
