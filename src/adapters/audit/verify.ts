// The full check of a log: every record's place in the chain and every seal, from the first segment that is there to where
// head and mark say that it ends. It does not stop at what it finds: what comes behind is checked, too, and what an
// operator has accepted is told apart. It only reads, so it may run beside the server that writes.
import { createHash } from 'node:crypto';
import { type Head, type HeadFound, readHead } from './head.ts';
import {
  type ChainPoint,
  follows,
  GENESIS,
  isFinding,
  isKeyed,
  type KeyedNote,
  type Note,
  noteOf,
  readLine,
} from './line.ts';
import { type AcceptedProblems, type AuditProblem, ProblemList } from './problems.ts';
import { behind } from './recover.ts';
import { type AuditKey, checkSeal, MAX_UNSEALED } from './seal.ts';
import { findMark, type MarkStore } from './second-place.ts';
import { linesOf, listSegments, segmentPath } from './segments.ts';

export interface AuditVerification {
  readonly segments: number;
  readonly records: number;
  readonly first: number;
  readonly last: ChainPoint;
  /** Records that are not under the head yet: a batch at most while the server runs, or what came before a crash. */
  readonly beyondHead: number;
  /** Bytes of an unfinished line at the end: being written, or cut by a crash; the next start removes it. */
  readonly unfinishedBytes: number;
  /** Sequences of the first and the last good seal: what comes before the last one is ours. undefined: there is none. */
  readonly sealed: { readonly from: number; readonly through: number } | undefined;
  /** What the log says of itself, but for starts, segments and seals; the newest 100. */
  readonly notes: readonly { readonly sequence: number; readonly note: Note & { readonly at: string } }[];
  /** What operators have accepted, oldest first. */
  readonly accepted: readonly AcceptedProblems[];
  /** The first of `problems`; undefined: everything is there and unchanged, or accepted. */
  readonly problem?: AuditProblem;
  /** What is wrong and not accepted, in the order of the log; 1,000 at most. */
  readonly problems: readonly AuditProblem[];
}

const MAX_NOTES = 100;
const UNTOLD: readonly string[] = ['SegmentOpened', 'Started', 'Sealed', 'Accepted'];

export interface VerifyOptions {
  readonly directory: string;
  /** Keys of the master keys, in use and former; none: head, mark and seals are not checked. */
  readonly keys: readonly AuditKey[] | undefined;
  /** Where the database keeps the log's mark; undefined: there is no database to ask. */
  readonly marks?: MarkStore | undefined;
  /** Called at each segment's end. */
  readonly onProgress?: (segment: number, records: number) => void;
}

export async function verifyAuditLog(options: VerifyOptions): Promise<AuditVerification> {
  const check = new Verification(options);
  return check.run();
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #keys: readonly AuditKey[];
  readonly #problems = new ProblemList();
  readonly #notes: { sequence: number; note: Note & { at: string } }[] = [];
  #head: HeadFound | undefined;
  #mark: HeadFound | undefined;
  #log = '';
  #segment = 0;
  #last: ChainPoint = GENESIS;
  #first = 0;
  #records = 0;
  #unfinishedBytes = 0;
  #retiredThrough = 0;
  #sealed: { from: number; through: number } | undefined;
  #unsealed = 0;
  /** Highest number of a mark that a good seal names. */
  #knownMark = 0;
  /** Seals under keys that are not at hand: a good seal behind them tells that they are ours. */
  #foreign: {
    readonly line: number;
    readonly sequence: number;
    readonly note: KeyedNote & { at: string };
  }[] = [];
  /** Hashes of the records that head and mark name. */
  readonly #wanted = new Map<number, string>();
  #firstLine: ChainPoint = GENESIS;

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#keys = options.keys ?? [];
  }

  async run(): Promise<AuditVerification> {
    const { directory, keys, marks, onProgress } = this.#options;
    // Before the records: those that come meanwhile are beyond them, none is missing before.
    if (keys !== undefined) {
      this.#head = await readHead(directory, keys);
      this.#mark = await findMark(marks, keys);
    }
    for (const place of this.#places()) this.#wanted.set(place.sequence, GENESIS.hash);
    const segments = await listSegments(directory);
    for (const [index, segment] of segments.entries()) {
      const previous = segments[index - 1];
      if (previous !== undefined && segment !== previous + 1)
        this.#found(segment, 0, `segments ${previous + 1} to ${segment - 1} are missing`, '');
      await this.#readSegment(segment, index === segments.length - 1);
      onProgress?.(segment, this.#records);
    }
    this.#segment = segments.at(-1) ?? 0;
    this.#endChain();
    if (this.#first > 1 && this.#retiredThrough < this.#first - 1)
      this.#problems.add({
        segment: segments[0] ?? 0,
        line: 1,
        sequence: this.#retiredThrough + 1,
        what: `records ${this.#retiredThrough + 1} to ${this.#first - 1} are missing, and no record says that they were retired`,
        state: this.#firstLine.hash,
      });
    if (keys !== undefined) await this.#checkEnd(keys);
    const { accepted, open } = this.#problems.result();
    const [problem] = open;
    const head = this.#head?.kind === 'good' ? this.#head.head : undefined;
    return {
      segments: segments.length,
      records: this.#records,
      first: this.#first,
      last: this.#last,
      beyondHead: head === undefined ? 0 : Math.max(0, this.#last.sequence - head.sequence),
      unfinishedBytes: this.#unfinishedBytes,
      sealed: this.#sealed,
      notes: this.#notes,
      accepted,
      ...(problem === undefined ? {} : { problem }),
      problems: open,
    };
  }

  #places(): readonly Head[] {
    return [this.#head, this.#mark].flatMap((found) => (found?.kind === 'good' ? [found.head] : []));
  }

  async #readSegment(segment: number, isLast: boolean): Promise<void> {
    this.#segment = segment;
    let number = 0;
    let unreadable: { from: number; count: number; hash: ReturnType<typeof createHash> } | undefined;
    const endRun = () => {
      if (unreadable === undefined) return;
      const { from, count, hash } = unreadable;
      unreadable = undefined;
      const what = count === 1 ? 'the line is not a record' : `${count} lines are not records`;
      this.#found(segment, from, what, hash.digest('hex'));
    };
    for await (const { bytes, ended } of linesOf(segmentPath(this.#options.directory, segment))) {
      number += 1;
      if (!ended && isLast) {
        this.#unfinishedBytes = bytes.length;
        break;
      }
      const line = ended ? readLine(bytes) : undefined;
      if (line === undefined) {
        unreadable ??= { from: number, count: 0, hash: createHash('sha256') };
        unreadable.count += 1;
        unreadable.hash.update(bytes);
        continue;
      }
      const isAfterRun = unreadable !== undefined;
      endRun();
      if (this.#records === 0) this.#begin(line.point, line.previous, number);
      if (!follows(this.#last, line) && !isAfterRun) this.#brokenAt(segment, number, line);
      this.#last = line.point;
      this.#records += 1;
      this.#unsealed += 1;
      if (this.#wanted.has(line.point.sequence)) this.#wanted.set(line.point.sequence, line.point.hash);
      const note = line.kind === 'note' ? noteOf(line) : undefined;
      if (note?.kind === 'SegmentOpened') this.#log = note.log;
      if (note !== undefined) this.#readNote(segment, number, line, note);
      if (this.#sealed !== undefined && this.#unsealed === MAX_UNSEALED + 1) {
        const from = this.#last.sequence - MAX_UNSEALED;
        const what = `the records from ${from} on stand without a seal`;
        this.#found(segment, number, what, line.point.hash, from);
      }
    }
    endRun();
  }

  #begin(point: ChainPoint, previous: string, line: number): void {
    this.#first = point.sequence;
    this.#firstLine = { sequence: point.sequence - 1, hash: previous };
    this.#last = this.#firstLine;
    if (point.sequence === 1 && previous !== GENESIS.hash)
      this.#found(this.#segment, line, 'the first record builds on another one', previous);
  }

  #brokenAt(segment: number, number: number, { point }: { readonly point: ChainPoint }): void {
    const { sequence } = this.#last;
    this.#endChain();
    if (point.sequence === sequence + 1)
      this.#found(
        segment,
        number,
        `it is not the one on which record ${point.sequence} was built: one of the two was changed`,
        point.hash,
        sequence,
      );
    else
      this.#found(
        segment,
        number,
        `record ${sequence + 1} is missing: ${point.sequence} stands in its place`,
        point.hash,
      );
  }

  #readNote(
    segment: number,
    number: number,
    line: Parameters<typeof checkSeal>[0],
    note: Note & { readonly at: string },
  ): void {
    const { sequence } = line.point;
    if (note.kind === 'Retired') this.#retiredThrough = Math.max(this.#retiredThrough, note.through);
    if (!UNTOLD.includes(note.kind)) {
      this.#notes.push({ sequence, note });
      if (this.#notes.length > MAX_NOTES) this.#notes.shift();
    }
    if (isFinding(note))
      this.#found(
        segment,
        number,
        `the server found the log broken at ${note.at}: ${note.reason}`,
        line.point.hash,
        sequence,
      );
    if (!isKeyed(note) || this.#options.keys === undefined) return;
    switch (checkSeal(line, note, this.#log, this.#keys)) {
      case 'bad':
        this.#found(segment, number, 'it was not made under the master key', line.point.hash, sequence);
        return;
      case 'unknown key':
        this.#unsealed = 0;
        this.#foreign.push({ line: number, sequence, note });
        return;
      default:
        this.#unsealed = 0;
        for (const each of this.#foreign.splice(0)) this.#take(each);
        this.#sealed = { from: this.#sealed?.from ?? sequence, through: sequence };
        this.#take({ sequence, note });
    }
  }

  /** A keyed note that is ours. */
  #take({ sequence, note }: { readonly sequence: number; readonly note: KeyedNote & { at: string } }): void {
    if (note.kind === 'Sealed') this.#knownMark = Math.max(this.#knownMark, note.mark);
    else this.#problems.accept(note, sequence, note.at);
  }

  /** What follows builds on something else: nothing behind vouches for what was before. */
  #endChain(): void {
    const [first] = this.#foreign;
    if (first === undefined) return;
    this.#foreign = [];
    const what = 'the last seal is under a master key that is not at hand';
    this.#found(this.#segment, first.line, what, this.#last.hash);
  }

  #found(segment: number, line: number, what: string, state: string, sequence?: number): void {
    this.#problems.add({
      segment,
      line,
      sequence: sequence ?? this.#last.sequence + 1,
      what,
      state: `${this.#last.hash} ${state}`,
    });
  }

  async #checkEnd(keys: readonly AuditKey[]): Promise<void> {
    const { marks } = this.#options;
    const head = this.#head?.kind === 'good' ? this.#head.head : undefined;
    const mark = this.#mark?.kind === 'good' ? this.#mark.head : undefined;
    const at = (sequence: number, what: string) =>
      this.#problems.add({ segment: this.#segment, line: 0, sequence, what });
    const { sequence } = this.#last;
    if (this.#head?.kind === 'absent' && this.#records > 0) at(sequence, 'the head is missing');
    if (this.#head?.kind === 'bad')
      at(sequence, 'the head was not made under this master key, or was changed');
    if (this.#mark?.kind === 'bad')
      at(sequence, 'the mark in the database was not made under this master key, or was changed');
    if (mark !== undefined && mark.log !== (head?.log ?? mark.log))
      at(sequence, 'the mark in the database is of another trail');
    else
      for (const place of this.#places()) {
        if (place.sequence > sequence)
          at(sequence + 1, `records ${sequence + 1} to ${place.sequence} are missing from the end`);
        else if (place.sequence >= this.#first && this.#wanted.get(place.sequence) !== place.hash)
          at(place.sequence, `the records up to ${place.sequence} are not the ones that were written`);
        else continue;
        break;
      }
    const isFurthest = (mark?.sequence ?? 0) <= (head?.sequence ?? 0);
    if (head?.closed === true && isFurthest && sequence > head.sequence)
      at(head.sequence + 1, 'records were added after the server had ended');
    if (this.#mark === undefined) return;
    // After the records: the database has each mark before the trail names it.
    const now = await findMark(marks, keys);
    const known = Math.max(this.#knownMark, head?.mark ?? 0);
    if (now?.kind === 'absent' && known > 0) at(sequence, `the database has no mark, it had number ${known}`);
    if (now?.kind === 'good' && now.head.mark < known) at(sequence, behind(now.head, head, known).reason);
  }
}
