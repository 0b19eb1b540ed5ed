// Forgets temporary credentials that have ended.
import type { Access } from '../domain/access/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startExpiringSessions(deps: {
  readonly access: Pick<Access, 'expireSessions'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  return repeat(
    deps.intervalMs,
    async () => {
      let forgotten = 0;
      for (let last = -1; last !== 0; forgotten += last) last = await deps.access.expireSessions();
      if (forgotten > 0) deps.log.info({ forgotten }, 'ended sessions forgotten');
    },
    (error) => deps.log.error({ err: error }, 'forgetting ended sessions failed; it is tried again'),
  );
}
