// What a verification has found, and what of it operators have accepted. A problem is named by a pin: a hash over where it
// is, what it is, and the state of the chain there. What is changed later has another pin, so that nothing is accepted but
// what was there when somebody looked.
import { hash } from 'node:crypto';

export interface AuditProblem {
  readonly segment: number;
  /** Counted from 1; 0 when it is about the segment, or the log, as a whole. */
  readonly line: number;
  /** The first record that is missing or changed. */
  readonly sequence: number;
  readonly what: string;
  /** undefined: it is of this moment, and cannot be accepted before a start has noted it. */
  readonly pin?: string;
}

export interface AcceptedProblems {
  /** Of the record that says so. */
  readonly sequence: number;
  readonly at: string;
  readonly by: string;
  readonly reason: string;
  readonly problems: readonly AuditProblem[];
}

/** Problems that are kept; beyond it only their count is. */
export const MAX_PROBLEMS = 1000;

interface Acceptance {
  readonly by: string;
  readonly reason: string;
  readonly problems: readonly { readonly what: string; readonly pin: string }[];
}

export class ProblemList {
  readonly #problems: AuditProblem[] = [];
  readonly #accepted: (Omit<AcceptedProblems, 'problems'> & { readonly pins: ReadonlySet<string> })[] = [];
  #more = 0;

  /** `state`: what the records there are; without it the problem is of this moment alone. */
  add({ state, ...problem }: Omit<AuditProblem, 'pin'> & { readonly state?: string }): void {
    if (this.#problems.length >= MAX_PROBLEMS) {
      this.#more += 1;
      return;
    }
    const { segment, line, sequence, what } = problem;
    const pin =
      state === undefined
        ? undefined
        : hash('sha256', JSON.stringify([segment, line, sequence, what, state]), 'hex');
    this.#problems.push({ ...problem, ...(pin === undefined ? {} : { pin }) });
  }

  accept({ by, reason, problems }: Acceptance, sequence: number, at: string): void {
    this.#accepted.push({ sequence, at, by, reason, pins: new Set(problems.map(({ pin }) => pin)) });
  }

  result(): { readonly open: readonly AuditProblem[]; readonly accepted: readonly AcceptedProblems[] } {
    const isIn = (pins: ReadonlySet<string>, { pin }: AuditProblem) => pin !== undefined && pins.has(pin);
    const open = this.#problems.filter((problem) => !this.#accepted.some(({ pins }) => isIn(pins, problem)));
    const more: readonly AuditProblem[] =
      this.#more === 0
        ? []
        : [{ segment: 0, line: 0, sequence: 0, what: `${this.#more} more problems are not listed` }];
    return {
      open: [...open, ...more],
      accepted: this.#accepted.map(({ pins, ...facts }) => ({
        ...facts,
        problems: this.#problems.filter((problem) => isIn(pins, problem)),
      })),
    };
  }
}
