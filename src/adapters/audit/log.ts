// The log: records in the order of their coming, many of them in one write (group commit), with the system, or on the
// disk, before those who wait are told. What was written is settled about once a second (settling.ts). States: writing ->
// failing (the disk takes nothing, or does not answer: what waits is refused, records stay in a bounded memory, a try each
// second) -> writing. Never tells that a record is kept before it is, and never leaves a gap that the chain does not show.
import { type FileHandle, mkdir } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import { HeadFile, readHead } from './head.ts';
import { isFinding, type KeyedNote, type Note, noteBody } from './line.ts';
import { type Item, LogFiles } from './log-files.ts';
import { type LogEnd, recoverEnd } from './recover.ts';
import type { AuditKey } from './seal.ts';
import { findMark, type MarkStore } from './second-place.ts';
import { Settling } from './settling.ts';

const MIB = 1024 * 1024;
const SEGMENT_BYTES = 64 * MIB;
/** Of one write. */
const BATCH_BYTES = MIB;
/** Records that wait to be written, all together. */
const MAX_PENDING_BYTES = 16 * MIB;
/** What nobody waits for is written after this time (ms), or when it has become this much. */
const SOON_MS = 1000;
const SOON_BYTES = 64 * 1024;
const RETRY_MS = 1000;
/** A disk that has not answered for so long (ms) is one that takes nothing; at the end the log gives up then. */
const LATE_MS = 10_000;
/** Of a note that an operator's acceptance is written down in. */
const PROBLEMS_IN_A_NOTE = 100;

/** What the server's log should know. */
export type AuditLogEvent =
  | { readonly kind: 'failing'; readonly error: unknown }
  | { readonly kind: 'writing-again'; readonly lostRecords: number }
  /** The database does not take the mark; the log itself is written. */
  | { readonly kind: 'no-mark'; readonly error: unknown }
  | { readonly kind: 'noted'; readonly note: Note }
  /** At the start: something was found now or before, and nobody has accepted it. `sequence`: of the record that says what. */
  | { readonly kind: 'unaccepted'; readonly sequence: number };

export interface AuditLogOptions {
  /** The folder of the log; made when it is missing. One process at a time: whoever holds the data directory. */
  readonly directory: string;
  /** Keys of the master keys: the first seals, the others may have made what is there. */
  readonly keys: () => readonly AuditKey[];
  readonly now: () => number;
  readonly onEvent: (event: AuditLogEvent) => void;
  /** Where the database keeps the log's mark. */
  readonly marks?: MarkStore | undefined;
  /** The oldest segments are removed when there is more than this; undefined keeps all. */
  readonly maxBytes?: number | undefined;
  readonly segmentBytes?: number;
  /**
   * What those who wait for a record wait for. `second`: the system has it, which survives the end of the process; a
   * power cut may take what came since the log was last settled. `always`: the disk has it.
   */
  readonly sync?: 'second' | 'always';
  /** In the place of fdatasync, and of how long (ms) it may take, for tests. */
  readonly force?: (file: FileHandle) => Promise<void>;
  readonly lateMs?: number;
}

interface Pending {
  readonly item: Item;
  readonly bytes: number;
  /** When it came, epoch ms. */
  readonly at: number;
  waiter?: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
}

export type Acceptance = Omit<Extract<KeyedNote, { kind: 'Accepted' }>, 'kind'>;

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #head: HeadFile;
  readonly #files: LogFiles;
  readonly #settling: Settling;
  readonly #lateMs: number;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #lost = 0;
  #fault: unknown;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(options: AuditLogOptions, head: HeadFile, end: LogEnd) {
    const { directory, keys, now, maxBytes, sync, force = (file) => file.datasync() } = options;
    this.#options = options;
    this.#head = head;
    this.#lateMs = options.lateMs ?? LATE_MS;
    // A limit means something only when there are several segments under it.
    const mostBytes = maxBytes === undefined ? Number.POSITIVE_INFINITY : Math.ceil(maxBytes / 4);
    const segmentBytes = Math.min(options.segmentBytes ?? SEGMENT_BYTES, mostBytes);
    this.#files = new LogFiles(
      { directory, keys, now, segmentBytes, maxBytes, force, forceWrites: sync === 'always' },
      end,
    );
    const finding = end.notes.findIndex((note) => isFinding(note));
    const opening = end.bytes === 0 ? 1 : 0;
    this.#settling = new Settling({
      files: this.#files,
      head,
      marks: options.marks,
      keys,
      finding: end.finding === 0 && finding >= 0 ? end.point.sequence + opening + finding + 1 : end.finding,
      isFailing: () => this.#fault !== undefined,
      writeSeal: () => this.#enqueue(this.#files.seal()),
      lateMs: this.#lateMs,
      onFault: (error) => this.#report(error),
      onWell: () => this.#reportWell(),
      onMarkFault: (error) => options.onEvent({ kind: 'no-mark', error }),
    });
  }

  /** Resolves when the log has noted its start. Rejects when it cannot be written. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const { directory, keys, marks, onEvent } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await readHead(directory, keys());
    const end = await recoverEnd(directory, keys(), found, await findMark(marks, keys()));
    const head = await HeadFile.open(directory);
    const log = new AuditLog(options, head, end);
    try {
      await log.#begin(end);
      for (const note of end.notes) {
        onEvent({ kind: 'noted', note });
        log.#add(noteBody(note, options.now()));
      }
      await log.append(noteBody({ kind: 'Started' }, options.now()), true);
      await log.#settling.anew();
      const { finding } = log.#settling;
      if (finding > 0) onEvent({ kind: 'unaccepted', sequence: finding });
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** The last failure, while the log cannot be written. */
  get fault(): unknown {
    return this.#fault ?? this.#settling.fault;
  }

  /** Sequence of the oldest finding that nobody has accepted; 0: there is none. */
  get finding(): number {
    return this.#settling.finding;
  }

  /** `body`: one member as JSON text. With `wait` it resolves when the record is kept (see `sync`). */
  append(body: string, wait: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(unavailable(new Error('the audit log is closed')));
    if (!wait) {
      this.#add(body);
      if (this.#pendingBytes >= SOON_BYTES) this.#start();
      else this.#startLater(SOON_MS);
      return Promise.resolve();
    }
    if (this.fault !== undefined) {
      this.#add(body);
      this.#startLater(RETRY_MS);
      return Promise.reject(unavailable(this.fault));
    }
    return this.#enqueue(body);
  }

  note(note: Note): void {
    this.#add(noteBody(note, this.#options.now()));
    this.#startLater(SOON_MS);
  }

  /** Writes down, under the key, that an operator knows of these problems. Resolves when that is on the disk. */
  async accept({ by, reason, problems }: Acceptance): Promise<void> {
    const writes: Promise<void>[] = [];
    for (let from = 0; from < problems.length; from += PROBLEMS_IN_A_NOTE) {
      const some = problems.slice(from, from + PROBLEMS_IN_A_NOTE);
      writes.push(this.#enqueue({ kind: 'Accepted', by, reason, problems: some }));
    }
    await Promise.all(writes);
    this.#settling.finding = 0;
    await this.#settling.anew();
  }

  /** Writes a seal, a mark and a head under the key that is in use now, e.g. after the master key was changed. */
  async renewHead(): Promise<void> {
    await this.#settling.anew();
  }

  /** Writes what waits, then closes. What cannot be written then, or not soon, is lost, and reported. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#report(new Error('the disk does not answer: the last records may be lost'));
        resolve();
      }, this.#lateMs);
    });
    await Promise.race([this.#end(), late]);
    clearTimeout(timer);
  }

  async #end(): Promise<void> {
    await this.#running;
    if (this.#pending.length > 0) await this.#run('all');
    clearTimeout(this.#timer);
    try {
      if (this.#fault === undefined) await this.#settling.close();
      await this.#files.close();
      await this.#head.close();
    } catch (error) {
      this.#report(error);
    }
  }

  /** A log that nothing was written to has a head; and no head says closed of a log that is written to. */
  async #begin({ from, point, notes }: LogEnd): Promise<void> {
    const [key] = this.#options.keys();
    if (key === undefined) throw new Error('there is no key for the audit log');
    const { place, latest, mark } = this.#files;
    const isNew = from === undefined && point.sequence === 0 && !notes.some((note) => isFinding(note));
    if (isNew) await this.#head.write({ ...place, latest, mark, finding: 0, closed: false }, key);
    else if (from?.closed === true) await this.#head.write({ ...from, closed: false }, key);
    await this.#head.sync();
  }

  #enqueue(item: Item): Promise<void> {
    if (this.#fault !== undefined) return Promise.reject(unavailable(this.#fault));
    return new Promise((resolve, reject) => {
      this.#add(item, { resolve, reject });
      this.#start();
    });
  }

  #add(item: Item, waiter?: Pending['waiter']): void {
    const bytes = typeof item === 'string' ? item.length : JSON.stringify(item).length;
    if (this.#pendingBytes + bytes > MAX_PENDING_BYTES) {
      this.#lost += 1;
      waiter?.reject(unavailable(new Error('too many audit records wait')));
      return;
    }
    this.#pending.push({ item, bytes, at: this.#options.now(), waiter });
    this.#pendingBytes += bytes;
  }

  #start(): void {
    if (this.#running !== undefined || this.#fault !== undefined) return;
    // On the next turn, so that all who come in this one share the write.
    this.#running = new Promise<void>((resolve) => setImmediate(resolve)).then(() => this.#runOnce());
  }

  #startLater(ms: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#running === undefined) this.#running = this.#runOnce();
    }, ms).unref();
  }

  async #runOnce(): Promise<void> {
    await this.#run('pressing');
    this.#running = undefined;
    // Who came since the last look; or what may wait; or, after a failure, the next try.
    if (this.#fault === undefined && this.#isPressing()) this.#start();
    else if (this.#pending.length > 0) this.#startLater(RETRY_MS);
  }

  /** Whether somebody waits for what is pending, or it has become much. */
  #isPressing(): boolean {
    return this.#pendingBytes >= SOON_BYTES || this.#pending.some(({ waiter }) => waiter !== undefined);
  }

  /**
   * Writes what is pending, and what comes meanwhile if it is pressing: else each write would hold the few reads that
   * came during the one before. Ends when the disk refuses. Never rejects.
   */
  async #run(until: 'all' | 'pressing'): Promise<void> {
    if (this.#pending.length === 0) return;
    do {
      const batch = this.#take();
      const late = setTimeout(() => this.#late(batch), this.#lateMs).unref();
      try {
        await this.#files.write(batch, batch[0]?.at ?? this.#options.now());
      } catch (error) {
        await this.#failed(batch, error);
        return;
      } finally {
        clearTimeout(late);
      }
      if (this.#fault !== undefined) {
        this.#fault = undefined;
        this.#reportWell();
        this.#settling.later(true);
      }
      if (this.#lost > 0) {
        const count = this.#lost;
        this.#lost = 0;
        this.#add(noteBody({ kind: 'Lost', count }, this.#options.now()));
      }
      let hasRecords = false;
      let waited = false;
      for (const { item, waiter } of batch) {
        // A seal alone needs none behind it.
        if (typeof item === 'string') {
          hasRecords = true;
          waited ||= waiter !== undefined;
        }
        waiter?.resolve();
      }
      if (hasRecords) this.#settling.later(waited);
    } while (until === 'all' ? this.#pending.length > 0 : this.#isPressing());
  }

  #take(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const pending of this.#pending) {
      if (count > 0 && bytes + pending.bytes > BATCH_BYTES) break;
      bytes += pending.bytes;
      count += 1;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }

  #report(error: unknown): void {
    this.#options.onEvent({ kind: 'failing', error });
  }

  #reportWell(): void {
    this.#options.onEvent({ kind: 'writing-again', lostRecords: this.#lost });
  }

  /** The write may end well yet; nobody waits for it any more. */
  #late(batch: Pending[]): void {
    const error = new Error('the disk does not answer');
    if (this.#fault === undefined) this.#report(error);
    this.#fault = error;
    this.#refuse([...batch, ...this.#pending], error);
  }

  #refuse(records: readonly Pending[], error: unknown): void {
    for (const record of records) {
      record.waiter?.reject(unavailable(error));
      record.waiter = undefined;
    }
  }

  /** The records are kept for the next try; nobody waits for them any more. */
  async #failed(batch: readonly Pending[], error: unknown): Promise<void> {
    if (this.#fault === undefined) this.#report(error);
    this.#fault = error;
    this.#pending = [...batch, ...this.#pending];
    for (const { bytes } of batch) this.#pendingBytes += bytes;
    this.#refuse(this.#pending, error);
    await this.#files.rollBack().catch((cause: unknown) => this.#report(cause));
  }
}

function unavailable(cause: unknown): DomainError<'StorageUnavailable'> {
  return new DomainError(
    'StorageUnavailable',
    'The audit trail cannot be written now; try again later.',
    {},
    { cause },
  );
}
