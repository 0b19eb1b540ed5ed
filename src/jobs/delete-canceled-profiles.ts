// Deletes signing profiles that were canceled long ago.
import type { Signing } from '../domain/signing/index.ts';
import { inBatches } from './in-batches.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startDeletingCanceledProfiles(deps: {
  readonly profiles: Pick<Signing['profiles'], 'deleteCanceled'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { profiles, log } = deps;
  return repeat(
    deps.intervalMs,
    async () => {
      const deleted = await inBatches((limit) => profiles.deleteCanceled(limit));
      if (deleted > 0) log.info({ deleted }, 'signing profiles deleted that were canceled two years ago');
    },
    (error) => log.error({ err: error }, 'deleting canceled signing profiles failed; it is tried again'),
  );
}
