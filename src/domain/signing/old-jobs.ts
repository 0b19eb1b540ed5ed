// How long finished jobs are kept: two years, as AWS Signer keeps them, and in any case as long as something may ask for
// them: while the signature has not expired (somebody may have a copy of it, and it may have to be revoked), while it is
// stored, while an image's status rests on the job. Revoked ones are kept for good: each was somebody's decision, and a
// clock that ran ahead for an hour must not take it back.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import type { Storage } from '../storage.ts';
import type { OldSigningJobs } from './ports.ts';

const DAY_MS = 24 * 3_600_000;
/** From a job's end on, ms. */
export const JOBS_KEPT_MS = 2 * 365 * DAY_MS;
/** After a signature's expiry, ms: a verifier's clock may be behind. */
const EXPIRED_FOR_MS = DAY_MS;
/** Jobs looked at in one step. */
const STEP = 200;

export interface OldJobs {
  /** Looks at some jobs more, and removes the old ones; where it stopped the next call goes on, round and round. */
  removeSome(): Promise<{ readonly looked: number; readonly removed: number; readonly isRoundOver: boolean }>;
}

export function makeOldJobs(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly oldJobs: OldSigningJobs;
}): OldJobs {
  const { storage, clock, oldJobs } = deps;
  // Ids are random: a place among them is as good to begin with as any, so that restarts leave no part out.
  let after: string = randomUUID();
  return {
    async removeSome() {
      const now = clock.now();
      const age = { completedBefore: now - JOBS_KEPT_MS, expiredBefore: now - EXPIRED_FOR_MS };
      const { looked, ids, next } = await oldJobs.page(storage.reader, { ...age, after, limit: STEP });
      let removed = 0;
      if (ids.length > 0)
        removed = await storage.write(async (tx) => {
          let count = 0;
          for (const id of ids) if (await oldJobs.remove(tx, id, age)) count += 1;
          return count;
        });
      after = next ?? '';
      return { looked, removed, isRoundOver: next === undefined };
    },
  };
}
