// The log: records in the order of their coming, many of them in one write (group commit), with the system, or on the
// disk, before those who wait are told. About once a second what was written is settled: synced, then vouched for by
// the head. States: writing -> failing (the disk takes nothing: what waits is
// refused, records stay in a bounded memory, a try each second) -> writing. Never tells that a record is kept before it
// is, never lets the head be ahead of the disk, and never leaves a gap that the chain does not show.
import { constants, ftruncateSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import { HeadFile, type HeadKey, readHead } from './head.ts';
import { type ChainPoint, chained, type Note, noteBody, readLine } from './line.ts';
import { LineWriter } from './line-writer.ts';
import { type LogEnd, recoverEnd } from './recover.ts';
import { linesOf, listSegments, requireInPlace, segmentPath } from './segments.ts';

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

/** What the server's log should know. */
export type AuditLogEvent =
  | { readonly kind: 'failing'; readonly error: unknown }
  | { readonly kind: 'writing-again'; readonly lostRecords: number }
  | { readonly kind: 'noted'; readonly note: Note };

export interface AuditLogOptions {
  /** The folder of the log; made when it is missing. One process at a time: whoever holds the data directory. */
  readonly directory: string;
  /** Keys for the head: the first makes it, the others may have made the one that is there. */
  readonly keys: () => readonly HeadKey[];
  readonly now: () => number;
  readonly onEvent: (event: AuditLogEvent) => void;
  /** The oldest segments are removed when there is more than this; undefined keeps all. */
  readonly maxBytes?: number | undefined;
  readonly segmentBytes?: number;
  /**
   * What those who wait for a record wait for. `second`: the system has it, which survives the end of the process; a
   * power cut may take what came since the log was last settled. `always`: the disk has it.
   */
  readonly sync?: 'second' | 'always';
}

interface Pending {
  readonly body: string;
  waiter?: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
}

export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #segmentBytes: number;
  readonly #log: string;
  readonly #head: HeadFile;
  readonly #lines = new LineWriter();
  #point: ChainPoint;
  #segment: number;
  #bytes: number;
  #file: FileHandle | undefined;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #lost = 0;
  #fault: unknown;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether everything that was written is on disk and under the head. */
  #settled = true;
  #settling: Promise<void> = Promise.resolve();
  #settleTimer: NodeJS.Timeout | undefined;
  #settleFault: unknown;
  /** Segments that the log has said goodbye to. */
  #retired: number[] = [];
  #closed = false;

  private constructor(options: AuditLogOptions, head: HeadFile, end: LogEnd) {
    const { maxBytes } = options;
    this.#options = options;
    // A limit means something only when there are several segments under it.
    this.#segmentBytes = Math.min(
      options.segmentBytes ?? SEGMENT_BYTES,
      maxBytes === undefined ? Number.POSITIVE_INFINITY : Math.ceil(maxBytes / 4),
    );
    this.#head = head;
    this.#log = end.log;
    this.#point = { sequence: end.point.sequence, hash: end.point.hash };
    this.#segment = end.segment;
    this.#bytes = end.bytes;
  }

  /** Resolves when the log has noted its start. Rejects when it cannot be written. */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const { directory, keys, onEvent } = options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const end = await recoverEnd(directory, await readHead(directory, keys()));
    const log = new AuditLog(options, await HeadFile.open(directory), end);
    try {
      for (const note of end.notes) {
        onEvent({ kind: 'noted', note });
        log.#add({ body: noteBody(note, options.now()) });
      }
      await log.append(noteBody({ kind: 'Started' }, options.now()), true);
      await log.#settle();
      return log;
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  /** The last failure, while the log cannot be written. */
  get fault(): unknown {
    return this.#fault ?? this.#settleFault;
  }

  /** `body`: one member as JSON text. With `wait` it resolves when the record is kept (see `sync`). */
  append(body: string, wait: boolean): Promise<void> {
    if (this.#closed) return Promise.reject(unavailable(new Error('the audit log is closed')));
    if (!wait) {
      this.#add({ body });
      if (this.#pendingBytes >= SOON_BYTES) this.#start();
      else this.#startLater(SOON_MS);
      return Promise.resolve();
    }
    if (this.fault !== undefined) {
      this.#add({ body });
      this.#startLater(RETRY_MS);
      return Promise.reject(unavailable(this.fault));
    }
    return new Promise((resolve, reject) => {
      this.#add({ body, waiter: { resolve, reject } });
      this.#start();
    });
  }

  note(note: Note): void {
    this.#add({ body: noteBody(note, this.#options.now()) });
    this.#startLater(SOON_MS);
  }

  /** Writes a head under the key that is in use now, e.g. after the master key was changed. */
  async renewHead(): Promise<void> {
    await this.#running;
    await this.#settling;
    this.#settled = false;
    await this.#settle();
  }

  /** Writes what waits, then closes. What cannot be written then is lost. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
    await this.#run('all');
    clearTimeout(this.#timer);
    clearTimeout(this.#settleTimer);
    await this.#settling;
    await this.#settle().catch((error: unknown) => this.#report(error));
    await this.#file?.close();
    await this.#head.close();
  }

  #add(record: Pending): void {
    if (this.#pendingBytes + record.body.length > MAX_PENDING_BYTES) {
      this.#lost += 1;
      record.waiter?.reject(unavailable(new Error('too many audit records wait')));
      return;
    }
    this.#pending.push(record);
    this.#pendingBytes += record.body.length;
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
      try {
        await this.#write(batch);
      } catch (error) {
        await this.#failed(batch, error);
        return;
      }
      if (this.#fault !== undefined) {
        this.#fault = undefined;
        this.#options.onEvent({ kind: 'writing-again', lostRecords: this.#lost });
      }
      if (this.#lost > 0) {
        const count = this.#lost;
        this.#lost = 0;
        this.#add({ body: noteBody({ kind: 'Lost', count }, this.#options.now()) });
      }
      for (const { waiter } of batch) waiter?.resolve();
      this.#settled = false;
      this.#settleLater();
    } while (until === 'all' ? this.#pending.length > 0 : this.#isPressing());
  }

  #take(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { body } of this.#pending) {
      if (count > 0 && bytes + body.length > BATCH_BYTES) break;
      bytes += body.length;
      count += 1;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }

  async #write(batch: readonly Pending[]): Promise<void> {
    const isFull = this.#bytes >= this.#segmentBytes;
    const segment = isFull ? this.#segment + 1 : this.#segment;
    const start = isFull ? 0 : this.#bytes;
    const doomed = start === 0 ? await this.#doomed(segment) : undefined;
    const file = await this.#openFile(segment, start);
    // A few kilobytes into the page cache take less time than the way to another thread and back.
    this.#lines.begin(file, start);
    let point = this.#point;
    const add = (body: string) => {
      const next = chained(point, body);
      this.#lines.add(next.line);
      point = next.point;
    };
    const { now } = this.#options;
    if (start === 0) add(noteBody({ kind: 'SegmentOpened', segment, log: this.#log, format: 1 }, now()));
    if (doomed !== undefined) add(noteBody(doomed, now()));
    for (const { body } of batch) add(body);
    const end = this.#lines.end();
    if (this.#options.sync === 'always') await file.datasync();
    this.#point = point;
    this.#segment = segment;
    this.#bytes = end;
    this.#retired.push(...(doomed?.segments ?? []));
  }

  async #openFile(segment: number, start: number): Promise<FileHandle> {
    if (this.#file !== undefined && start > 0) return this.#file;
    // Nothing of a new segment may be on the disk before all of the old one is.
    await this.#settling;
    await this.#file?.datasync();
    await this.#file?.close();
    this.#file = undefined;
    const { directory } = this.#options;
    const file = await open(segmentPath(directory, segment), constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#file = file;
    if (start > 0) return file;
    const folder = await open(directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return file;
  }

  #settleLater(): void {
    if (this.#settleTimer !== undefined || this.#closed) return;
    this.#settleTimer = setTimeout(() => {
      this.#settleTimer = undefined;
      // One after the other, however slow the disk is: a head must not come after a further one.
      this.#settling = this.#settling.then(() => this.#settleOrTryAgain());
    }, SOON_MS).unref();
  }

  async #settleOrTryAgain(): Promise<void> {
    try {
      await this.#settle();
      const failed = this.#settleFault !== undefined;
      this.#settleFault = undefined;
      if (failed && this.#fault === undefined)
        this.#options.onEvent({ kind: 'writing-again', lostRecords: this.#lost });
    } catch (error) {
      if (this.fault === undefined) this.#report(error);
      this.#settleFault = error;
      this.#settleLater();
    }
  }

  /** What was written by now: onto the disk, then under the head, then old segments go. */
  async #settle(): Promise<void> {
    if (this.#settled || this.#file === undefined) return;
    const [key] = this.#options.keys();
    if (key === undefined) throw new Error('there is no key for the head of the audit log');
    this.#settled = true;
    const retired = this.#retired.splice(0);
    const head = { ...this.#point, log: this.#log, segment: this.#segment, bytes: this.#bytes };
    try {
      await requireInPlace(this.#file, segmentPath(this.#options.directory, head.segment));
      await this.#file.datasync();
      await this.#head.write(head, key);
      await this.#head.sync();
      for (const old of retired) await rm(segmentPath(this.#options.directory, old), { force: true });
    } catch (error) {
      this.#settled = false;
      this.#retired.unshift(...retired);
      throw error;
    }
  }

  #report(error: unknown): void {
    this.#options.onEvent({ kind: 'failing', error });
  }

  /** The records are kept for the next try; nobody waits for them any more. */
  async #failed(batch: readonly Pending[], error: unknown): Promise<void> {
    if (this.#fault === undefined) this.#report(error);
    this.#fault = error;
    for (const { waiter } of batch) waiter?.reject(unavailable(error));
    const later = this.#pending;
    for (const { waiter } of later) waiter?.reject(unavailable(error));
    this.#pending = [...batch, ...later].map(({ body }) => ({ body }));
    for (const { body } of batch) this.#pendingBytes += body.length;
    // What was written in part goes, and the file is opened anew at the next try.
    const file = this.#file;
    this.#file = undefined;
    try {
      if (file !== undefined) ftruncateSync(file.fd, this.#bytes);
    } catch (truncateError) {
      this.#report(truncateError);
    }
    await file?.close().catch((closeError: unknown) => this.#report(closeError));
  }

  /** The oldest segments that go when `next` begins, as a note. */
  async #doomed(next: number): Promise<Extract<Note, { kind: 'Retired' }> | undefined> {
    const { directory, maxBytes } = this.#options;
    if (maxBytes === undefined) return undefined;
    const segments = (await listSegments(directory)).filter((segment) => segment < next);
    const sizes = await Promise.all(
      segments.map(async (segment) => (await stat(segmentPath(directory, segment))).size),
    );
    let total = sizes.reduce((sum, size) => sum + size, 0) + this.#segmentBytes;
    const doomed: number[] = [];
    for (const [index, segment] of segments.entries()) {
      if (total <= maxBytes) break;
      total -= sizes[index] ?? 0;
      doomed.push(segment);
    }
    const last = doomed.at(-1);
    if (last === undefined) return undefined;
    return { kind: 'Retired', segments: doomed, through: await this.#beforeSegment(last + 1, next) };
  }

  /** Sequence of the last record before a segment. */
  async #beforeSegment(segment: number, next: number): Promise<number> {
    if (segment >= next) return this.#point.sequence;
    for await (const { bytes } of linesOf(segmentPath(this.#options.directory, segment))) {
      const line = readLine(bytes);
      if (line !== undefined) return line.point.sequence - 1;
      break;
    }
    throw new Error(`segment ${segment} of the audit log has no first record`);
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
