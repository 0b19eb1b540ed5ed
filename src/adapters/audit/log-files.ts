// The end of the log on the disk: where the next record goes, seals among the records, when a file is followed by the next
// one, and which old files go. A write is whole or, after `rollBack`, none of it is there. One write at a time.
import { constants, ftruncateSync } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import type { Place } from './head.ts';
import { type ChainPoint, chained, type KeyedNote, type Note, noteBody, readLine } from './line.ts';
import { LineWriter } from './line-writer.ts';
import type { LogEnd } from './recover.ts';
import { type AuditKey, keyedLine, MAX_UNSEALED } from './seal.ts';
import { linesOf, listSegments, requireInPlace, segmentPath } from './segments.ts';

/** A clock that went back by more than this (ms) begins a new segment, so that times within one are in order. */
const CLOCK_BACK_MS = 60_000;

/** One member as JSON text, or a note that gets a MAC. */
export type Item = string | KeyedNote;

export interface LogFilesOptions {
  readonly directory: string;
  readonly keys: () => readonly AuditKey[];
  readonly now: () => number;
  readonly segmentBytes: number;
  readonly maxBytes: number | undefined;
  /** Puts what was written to a file onto the disk. */
  readonly force: (file: FileHandle) => Promise<void>;
  /** Whether that happens with each write. */
  readonly forceWrites: boolean;
}

interface Position {
  readonly point: ChainPoint;
  readonly segment: number;
  readonly bytes: number;
  /** Lines behind the last seal. */
  readonly unsealed: number;
  /** Latest time of this segment, epoch ms. */
  readonly latest: number;
}

export class LogFiles {
  readonly #options: LogFilesOptions;
  readonly #log: string;
  readonly #lines = new LineWriter();
  #at: Position;
  /** Open for writing: the segment of `#at`, or the next one when its first write is under way. */
  #file: { readonly handle: FileHandle; readonly segment: number } | undefined;
  /** Forcing and closing the file, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Whether something was written that was not forced since. */
  #isDirty = false;
  /** Segments that the log has said goodbye to. */
  #retired: number[] = [];
  /** Number of the newest mark in the database; seals name it. */
  mark: number;

  constructor(options: LogFilesOptions, end: LogEnd) {
    this.#options = options;
    this.#log = end.log;
    const { sequence, hash } = end.point;
    const { segment, bytes, unsealed, latest } = end;
    this.#at = { point: { sequence, hash }, segment, bytes, unsealed, latest };
    this.mark = end.mark;
  }

  get place(): Place {
    const { point, segment, bytes } = this.#at;
    return { ...point, log: this.#log, segment, bytes };
  }

  get unsealed(): number {
    return this.#at.unsealed;
  }

  get latest(): number {
    return this.#at.latest;
  }

  /** `since`: none of the records is of an earlier time, epoch ms. */
  async write(records: readonly { readonly item: Item }[], since: number): Promise<void> {
    const now = this.#options.now();
    const isOver =
      this.#at.bytes >= this.#options.segmentBytes ||
      (this.#at.bytes > 0 && Math.min(now, since) < this.#at.latest - CLOCK_BACK_MS);
    if (isOver) await this.#finishSegment(now);
    const { segment, start } = isOver
      ? { segment: this.#at.segment + 1, start: 0 }
      : { segment: this.#at.segment, start: this.#at.bytes };
    const doomed = start === 0 ? await this.#doomed(segment) : undefined;
    const file = await this.#openFile(segment, start);
    const opening: Item[] = start === 0 ? [this.#opening(segment, Math.min(now, since))] : [];
    if (doomed !== undefined) opening.push(noteBody(doomed, now));
    const before = start === 0 ? { ...this.#at, segment, bytes: 0, latest: 0 } : this.#at;
    this.#at = await this.#append(file, before, opening, now, records);
    this.#retired.push(...(doomed?.segments ?? []));
  }

  /** What a write has left half done goes; the file is opened again at the next one. */
  rollBack(): Promise<void> {
    return this.#inTurn(async () => {
      const file = this.#file;
      this.#file = undefined;
      if (file === undefined) return;
      try {
        ftruncateSync(file.handle.fd, file.segment === this.#at.segment ? this.#at.bytes : 0);
      } finally {
        await file.handle.close();
      }
    });
  }

  /** Everything that was written is on the disk. Throws when its file is not where it should be. */
  force(): Promise<void> {
    return this.#inTurn(async () => {
      const at = this.#at;
      if (!this.#isDirty) return;
      if (this.#file === undefined) throw new Error('the file of the audit log is not open');
      const { handle, segment } = this.#file;
      await requireInPlace(handle, segmentPath(this.#options.directory, segment));
      await this.#options.force(handle);
      if (this.#at === at) this.#isDirty = false;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Removes what was retired by records that are on the disk. */
  async removeRetired(retired: readonly number[]): Promise<void> {
    for (const old of retired) await rm(segmentPath(this.#options.directory, old), { force: true });
    this.#retired = this.#retired.filter((segment) => !retired.includes(segment));
  }

  get retired(): readonly number[] {
    return [...this.#retired];
  }

  async close(): Promise<void> {
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  /** A file that is never written again ends with a seal. */
  async #finishSegment(now: number): Promise<void> {
    if (this.#at.unsealed === 0) return;
    const file = await this.#openFile(this.#at.segment, this.#at.bytes);
    this.#at = await this.#append(file, this.#at, [this.seal()], now);
  }

  seal(): KeyedNote {
    return { kind: 'Sealed', mark: this.mark };
  }

  #opening(segment: number, since: number): string {
    const { latest } = this.#at;
    const note: Note = {
      kind: 'SegmentOpened',
      segment,
      log: this.#log,
      format: 1,
      since: new Date(since).toISOString(),
      ...(latest === 0 ? {} : { latest: new Date(latest).toISOString() }),
    };
    return noteBody(note, this.#options.now());
  }

  async #append(
    file: FileHandle,
    from: Position,
    first: readonly Item[],
    now: number,
    records: readonly { readonly item: Item }[] = [],
  ): Promise<Position> {
    const { keys, force, forceWrites } = this.#options;
    const [key] = keys();
    if (key === undefined) throw new Error('there is no key for the audit log');
    let { point, unsealed } = from;
    // A few kilobytes into the page cache take less time than the way to another thread and back.
    this.#lines.begin(file, from.bytes);
    const add = (item: Item) => {
      const next =
        typeof item === 'string' ? chained(point, item) : keyedLine(point, item, now, this.#log, key);
      this.#lines.add(next.line);
      point = next.point;
      unsealed = typeof item === 'string' ? unsealed + 1 : 0;
    };
    for (const item of first) add(item);
    for (const { item } of records) {
      add(item);
      if (unsealed >= MAX_UNSEALED) add(this.seal());
    }
    this.#isDirty = true;
    const bytes = this.#lines.end();
    if (forceWrites) await force(file);
    return { point, segment: from.segment, bytes, unsealed, latest: Math.max(from.latest, now) };
  }

  async #openFile(segment: number, start: number): Promise<FileHandle> {
    if (this.#file !== undefined && start > 0) return this.#file.handle;
    const { directory, force } = this.#options;
    await this.#inTurn(async () => {
      if (this.#file === undefined) return;
      // Nothing of a new segment may be on the disk before all of the old one is.
      await force(this.#file.handle);
      this.#isDirty = false;
      await this.#file.handle.close();
      this.#file = undefined;
    });
    const file = await open(segmentPath(directory, segment), constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#file = { handle: file, segment };
    if (start > 0) return file;
    const folder = await open(directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    return file;
  }

  /** The oldest segments that go when `next` begins, as a note. */
  async #doomed(next: number): Promise<Extract<Note, { kind: 'Retired' }> | undefined> {
    const { directory, maxBytes, segmentBytes } = this.#options;
    if (maxBytes === undefined) return undefined;
    const segments = (await listSegments(directory)).filter((segment) => segment < next);
    const sizes = await Promise.all(
      segments.map(async (segment) => (await stat(segmentPath(directory, segment))).size),
    );
    let total = sizes.reduce((sum, size) => sum + size, 0) + segmentBytes;
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
    if (segment >= next) return this.#at.point.sequence;
    for await (const { bytes } of linesOf(segmentPath(this.#options.directory, segment))) {
      const line = readLine(bytes);
      if (line !== undefined) return line.point.sequence - 1;
      break;
    }
    throw new Error(`segment ${segment} of the audit log has no first record`);
  }
}
