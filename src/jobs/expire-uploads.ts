// Frees uploads that nobody finished in time: their rows and their bytes.
import type { Registry } from '../domain/registry/index.ts';
import { inBatches } from './in-batches.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startExpiringUploads(deps: {
  readonly uploads: Pick<Registry['uploads'], 'expire'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { uploads, log } = deps;
  return repeat(
    deps.intervalMs,
    async () => {
      const freed = await inBatches((limit) => uploads.expire(limit));
      if (freed > 0) log.info({ freed }, 'expired uploads freed');
    },
    (error) => log.error({ err: error }, 'expiring uploads failed; it is tried again'),
  );
}
