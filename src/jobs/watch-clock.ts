// Watches the machine's clock for signing: while it is behind the records, signing jobs wait in the queue.
import {
  type ClockMarks,
  type ClockState,
  openSigningClock,
  SIGN_IMAGE,
  type SigningClock,
  type TaskQueue,
} from '../domain/signing/index.ts';
import type { Storage } from '../domain/storage.ts';
import type { Clock } from '../shared/clock.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

const LOOK_MS = 1000;

/** The clock of signing, which holds the queue back and tells the log while it is behind. */
export function openWatchedClock(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly clockMarks: ClockMarks;
  readonly log: JobLog;
  readonly queue: Pick<TaskQueue, 'hold' | 'release'>;
}): Promise<SigningClock> {
  return openSigningClock({ ...deps, onChange: observeClock(deps) });
}

function observeClock(deps: {
  readonly log: JobLog;
  readonly queue: Pick<TaskQueue, 'hold' | 'release'>;
}): (state: ClockState) => void {
  return ({ now, mark, behindSince }) => {
    const facts = { now: timeText(now), newestRecord: timeText(mark ?? now) };
    if (behindSince === undefined) {
      deps.queue.release(SIGN_IMAGE);
      deps.log.warn(facts, 'the clock is right again; signing continues');
      return;
    }
    deps.queue.hold(SIGN_IMAGE);
    deps.log.error(
      facts,
      'the clock is behind the records: signing and revocations wait until it is right; when the records have a wrong time, see sealport clock accept',
    );
  };
}

/** The look by itself tells of a change. */
export function startWatchingClock(signingClock: SigningClock): Repetition {
  return repeat(
    LOOK_MS,
    async () => void signingClock.isRight(),
    () => {},
  );
}

/** What readiness tells: nothing while the clock is right. */
export function clockDetail(signingClock: SigningClock): Readonly<Record<string, object>> {
  const { now, mark, behindSince } = signingClock.state();
  if (mark === undefined || behindSince === undefined) return {};
  const clock = {
    status: 'behind',
    since: timeText(behindSince),
    now: timeText(now),
    newestRecord: timeText(mark),
    waiting: 'signatures and revocations',
  };
  return { clock };
}

/** How far the clock is behind what it is held to, ms; 0 while it is right. */
export function clockBehindMs(signingClock: SigningClock): number {
  const { now, mark, behindSince } = signingClock.state();
  return mark === undefined || behindSince === undefined ? 0 : mark - now;
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
