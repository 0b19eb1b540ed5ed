// The time that signatures, certificates and revocations are made at: the machine's clock, as long as it is not behind what
// the records know. Their newest time is a mark. While the clock is behind it by more than the tolerance, nothing is made
// that has a time in it: it would be older than a revocation that was made before it. A mark that a clock error made is
// reset by an operator, never by itself. Nothing here ever gives a time that the clock does not show.
// States: right -> behind (since when is kept) -> right (the clock has caught up, or the mark was reset).
import type { Clock } from '../../shared/clock.ts';
import { DomainError } from '../errors.ts';
import type { Storage, Tx } from '../storage.ts';
import type { ClockMarks } from './ports.ts';

/** A clock that is corrected steps back by this much at most without a word, ms. */
export const CLOCK_TOLERANCE_MS = 60_000;
/** The mark in the records is this much behind the one in memory at most, ms: else each signature would write it. */
const GRAIN_MS = 10_000;

export interface ClockState {
  /** Epoch ms, as all times here. */
  readonly now: number;
  /** undefined: the records know no time yet. */
  readonly mark: number | undefined;
  /** What the clock showed when it was found to be behind; undefined: it is right. */
  readonly behindSince: number | undefined;
}

export interface SigningClock {
  /** Throws ClockBehind. */
  now(): number;
  /** Looks at the clock; gives whether signing may go on. */
  isRight(): boolean;
  state(): ClockState;
  /** In the transaction that writes down something that was made at `time`. */
  note(tx: Tx, time: number): Promise<void>;
  /**
   * Resets the mark to what the clock shows now. `mark` is the one that the operator was shown: throws Conflict when it is
   * another one by now, or when the clock is not behind.
   */
  accept(mark: number): Promise<{ readonly mark: number; readonly now: number }>;
}

export async function openSigningClock(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly clockMarks: ClockMarks;
  /** Called when the clock is found to be behind, and when it is right again. */
  readonly onChange: (state: ClockState) => void;
}): Promise<SigningClock> {
  const { storage, clock, clockMarks } = deps;
  let written = await clockMarks.find(storage.reader);
  let mark = written;
  let behindSince: number | undefined;

  function isRight(): boolean {
    const now = clock.now();
    const isBehind = mark !== undefined && now < mark - CLOCK_TOLERANCE_MS;
    if (isBehind !== (behindSince !== undefined)) {
      behindSince = isBehind ? now : undefined;
      deps.onChange({ now, mark, behindSince });
    }
    return !isBehind;
  }

  isRight();
  return {
    isRight,
    now() {
      if (!isRight() && mark !== undefined) throw clockBehind(clock.now(), mark);
      return clock.now();
    },
    state() {
      isRight();
      return { now: clock.now(), mark, behindSince };
    },
    async note(tx, time) {
      if (mark !== undefined && time <= mark) return;
      const isWritten = written === undefined || time >= written + GRAIN_MS;
      if (isWritten) await clockMarks.put(tx, time);
      tx.onCommit(() => {
        mark = Math.max(mark ?? 0, time);
        if (isWritten) written = Math.max(written ?? 0, time);
      });
    },
    async accept(shown) {
      if (isRight() || mark === undefined)
        throw new DomainError(
          'Conflict',
          'The clock is not behind the records: there is nothing to accept',
          {},
        );
      if (mark !== shown)
        throw new DomainError(
          'Conflict',
          `The newest time of the records is ${new Date(mark).toISOString()} by now, not the one that was to be accepted`,
          {},
        );
      const now = clock.now();
      await storage.write(async (tx) => {
        await clockMarks.put(tx, now);
        tx.onCommit(() => {
          written = now;
          mark = now;
        });
      });
      isRight();
      return { mark: shown, now };
    },
  };
}

function clockBehind(now: number, mark: number): DomainError<'ClockBehind'> {
  const text = (time: number) => new Date(time).toISOString();
  const message = `Nothing can be signed or revoked now: the clock of the server shows ${text(now)}, its records know ${text(mark)} already. Try again when the clock is right; the server's operator sees more with 'sealport clock accept'.`;
  return new DomainError('ClockBehind', message, {});
}
