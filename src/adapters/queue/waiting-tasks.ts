// Tasks of one kind that wait in memory. Each owner has its own line, and owners have their turns: who has ten thousand
// tasks delays another's one by no more than one task. Of a long line only the beginning is here; the rest is in the table.
import type { TaskRow } from './task-table.ts';

export type WaitingTask = Pick<TaskRow, 'key' | 'attempts' | 'version'>;

/** Tasks of an owner that are kept in memory. */
export const LINE_LENGTH = 64;
/** Less than this, and more is fetched. */
const LITTLE = 16;
/** Owners with a line in memory; those beyond get theirs when some are done. */
const MAX_LINES = 1000;

interface Line {
  /** First in, first out. */
  readonly tasks: Map<string, WaitingTask>;
  /** The table may hold due tasks of this owner that are not here. */
  hasMore: boolean;
}

export class WaitingTasks {
  /** In the order of their turns. */
  readonly #lines = new Map<string, Line>();
  readonly #owners = new Map<string, string>();
  /** Owners whose lines are short and go on in the table. */
  readonly #short = new Set<string>();

  /** Takes a new task, or leaves it to the table. false: there is no room for its owner's line. */
  offer(owner: string, task: WaitingTask): boolean {
    const line = this.#line(owner);
    if (line === undefined) return false;
    // Behind what is in the table only.
    if (line.hasMore || line.tasks.size >= LINE_LENGTH) this.#more(owner, line, true);
    else this.#add(owner, line, task);
    return true;
  }

  /** The table may hold due tasks of the owner. false: there is no room for its line. */
  lookFor(owner: string): boolean {
    const line = this.#line(owner);
    if (line === undefined) return false;
    this.#more(owner, line, true);
    return true;
  }

  /** Owners whose tasks are to be fetched. */
  owners(): readonly string[] {
    return [...this.#short];
  }

  get hasShortLines(): boolean {
    return this.#short.size > 0;
  }

  /** Called before the table is read for an owner: what is looked for from now on is looked for again. */
  fetching(owner: string): void {
    const line = this.#lines.get(owner);
    if (line !== undefined) this.#more(owner, line, false);
  }

  /** What the table had of an owner; `hasMore`: it had more. */
  give(owner: string, tasks: Iterable<WaitingTask>, hasMore: boolean): void {
    const line = this.#line(owner);
    if (line === undefined) return;
    for (const task of tasks) this.#add(owner, line, task);
    this.#more(owner, line, line.hasMore || hasMore);
  }

  /** The next task, of the owner whose turn it is. */
  take(): { readonly owner: string; readonly task: WaitingTask } | undefined {
    for (const [owner, line] of this.#lines) {
      const [task] = line.tasks.values();
      if (task === undefined) continue;
      line.tasks.delete(task.key);
      this.#owners.delete(task.key);
      this.#lines.delete(owner);
      this.#lines.set(owner, line);
      this.#settle(owner, line);
      return { owner, task };
    }
    return undefined;
  }

  delete(key: string): void {
    const owner = this.#owners.get(key);
    const line = owner === undefined ? undefined : this.#lines.get(owner);
    if (owner === undefined || line === undefined) return;
    this.#owners.delete(key);
    line.tasks.delete(key);
    this.#settle(owner, line);
  }

  /** Whether another owner could have a line. */
  get hasRoom(): boolean {
    return this.#lines.size < MAX_LINES;
  }

  get isEmpty(): boolean {
    return this.#owners.size === 0;
  }

  #line(owner: string): Line | undefined {
    const known = this.#lines.get(owner);
    if (known !== undefined) return known;
    if (this.#lines.size >= MAX_LINES) return undefined;
    const made: Line = { tasks: new Map(), hasMore: false };
    this.#lines.set(owner, made);
    return made;
  }

  #add(owner: string, line: Line, task: WaitingTask): void {
    line.tasks.set(task.key, task);
    this.#owners.set(task.key, owner);
  }

  #more(owner: string, line: Line, hasMore: boolean): void {
    line.hasMore = hasMore;
    this.#settle(owner, line);
  }

  #settle(owner: string, line: Line): void {
    if (line.hasMore && line.tasks.size < LITTLE) this.#short.add(owner);
    else this.#short.delete(owner);
    if (line.tasks.size === 0 && !line.hasMore) this.#lines.delete(owner);
  }
}
