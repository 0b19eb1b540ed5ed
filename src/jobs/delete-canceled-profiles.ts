// Deletes signing profiles that were canceled long ago.
import type { Signing } from '../domain/signing/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

/** Profiles in one transaction: other writers share it and wait for it. */
const batch = 100;

export function startDeletingCanceledProfiles(deps: {
  readonly profiles: Pick<Signing['profiles'], 'deleteCanceled'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { profiles, log } = deps;
  return repeat(
    deps.intervalMs,
    async () => {
      let deleted = 0;
      for (let last = batch; last >= batch; deleted += last) last = await profiles.deleteCanceled(batch);
      if (deleted > 0) log.info({ deleted }, 'signing profiles deleted that were canceled two years ago');
    },
    (error) => log.error({ err: error }, 'deleting canceled signing profiles failed; it is tried again'),
  );
}
