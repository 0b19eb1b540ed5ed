// About once a second what was written is settled: a seal among the records, all of it on the disk, a mark in the
// database that says how far, the head that says the same and which mark it was; then retired files go. In this order:
// whatever moment the process or the machine dies at, neither mark nor head is ahead of the records, and the head never
// names a mark that the database might not have.
import type { HeadFile } from './head.ts';
import type { LogFiles } from './log-files.ts';
import type { AuditKey } from './seal.ts';
import { type MarkStore, putMark } from './second-place.ts';

const SETTLE_MS = 1000;
/** A mark is put with each settling in which somebody waited for a record; for reads alone so seldom (ms). */
const MARK_MS = 30_000;

export interface SettlingOptions {
  readonly files: LogFiles;
  readonly head: HeadFile;
  readonly marks: MarkStore | undefined;
  readonly keys: () => readonly AuditKey[];
  /** Sequence of the oldest finding that nobody has accepted; 0: there is none. */
  readonly finding: number;
  /** Whether the log cannot be written at all: then it is settled when it can. */
  readonly isFailing: () => boolean;
  /** Writes a seal in its turn; resolves when it is written. */
  readonly writeSeal: () => Promise<void>;
  /** A disk that has not answered for so long (ms) is one that takes nothing. */
  readonly lateMs: number;
  readonly onFault: (error: unknown) => void;
  readonly onWell: () => void;
  /** Called when the database does not take marks, once until it does again. */
  readonly onMarkFault: (error: unknown) => void;
}

export class Settling {
  readonly #options: SettlingOptions;
  finding: number;
  /** Why it cannot be done now. */
  fault: unknown;
  #settledTo = -1;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isOver = false;
  #lastMark: number;
  #markedAt = Number.NEGATIVE_INFINITY;
  #markFailed = false;
  /** Whether somebody waited for a record since the last mark. */
  #isMarkDue = true;

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.finding = options.finding;
    this.#lastMark = options.files.mark;
  }

  /** Something was written. `waited`: somebody waited for it. */
  later(waited: boolean): void {
    this.#isMarkDue ||= waited;
    if (this.#timer !== undefined || this.#isOver) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#now({ anew: false, closed: false }).catch(() => this.later(false));
    }, SETTLE_MS).unref();
  }

  /** Settles at once, with a seal and a head under the key of now. Rejects when it cannot be done. */
  anew(): Promise<void> {
    return this.#now({ anew: true, closed: false });
  }

  /** Settles for the last time. */
  async close(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await this.#now({ anew: false, closed: true });
  }

  /** One after the other, however slow the disk is: a head must not come after a further one. */
  #now(how: { readonly anew: boolean; readonly closed: boolean }): Promise<void> {
    const next = this.#running.then(() => this.#watched(how));
    this.#running = next.catch(() => {});
    return next;
  }

  async #watched(how: { readonly anew: boolean; readonly closed: boolean }): Promise<void> {
    const { lateMs, onWell } = this.#options;
    const late = setTimeout(() => this.#failed(new Error('the disk does not answer')), lateMs).unref();
    try {
      await this.#settle(how);
    } catch (error) {
      if (!this.#options.isFailing()) this.#failed(error);
      throw error;
    } finally {
      clearTimeout(late);
    }
    if (this.fault === undefined) return;
    this.fault = undefined;
    onWell();
  }

  #failed(error: unknown): void {
    const isNew = this.fault === undefined && !this.#options.isFailing();
    this.fault = error;
    if (isNew) this.#options.onFault(error);
  }

  async #settle({ anew, closed }: { readonly anew: boolean; readonly closed: boolean }): Promise<void> {
    const { files, head, keys, writeSeal } = this.#options;
    if (this.#options.isFailing()) throw new Error('the audit log cannot be written');
    if (!anew && !closed && files.place.sequence === this.#settledTo) return;
    const [key] = keys();
    if (key === undefined) throw new Error('there is no key for the audit log');
    if (anew || files.unsealed > 0) await writeSeal();
    const { place, latest, retired } = files;
    await files.force();
    const { finding } = this;
    await this.#putMark({ ...place, latest, finding, closed }, key, anew || closed);
    await head.write({ ...place, latest, finding, closed, mark: files.mark }, key);
    await head.sync();
    this.#settledTo = place.sequence;
    await files.removeRetired(retired);
  }

  /** A database that does not take it has its own ways to say so; the log goes on with the mark that it has. */
  async #putMark(
    head: Omit<Parameters<typeof putMark>[1], 'mark'>,
    key: AuditKey,
    mustBe: boolean,
  ): Promise<void> {
    const { files, marks, onMarkFault } = this.#options;
    const isDue = mustBe || this.#isMarkDue || performance.now() - this.#markedAt >= MARK_MS;
    if (marks === undefined || !isDue) return;
    // One that failed may be there all the same: a number is used once.
    this.#lastMark += 1;
    const mark = this.#lastMark;
    this.#isMarkDue = false;
    try {
      await putMark(marks, { ...head, mark }, key);
      files.mark = mark;
      this.#markedAt = performance.now();
      this.#markFailed = false;
    } catch (error) {
      this.#isMarkDue = true;
      if (!this.#markFailed) onMarkFault(error);
      this.#markFailed = true;
    }
  }
}
