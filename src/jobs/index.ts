// Background work: started after the stores are open, stopped before they close.
import type { Registry } from '../domain/registry/index.ts';
import type { Signing, TaskQueue } from '../domain/signing/index.ts';
import { startExpiringUploads } from './expire-uploads.ts';
import type { JobLog } from './log.ts';
import { startSigningImages } from './sign-image.ts';

export interface Jobs {
  /** Takes no new work; resolves when the running work has ended. Tasks that wait stay in the queue. */
  stop(): Promise<void>;
}

export function startJobs(deps: {
  readonly queue: TaskQueue;
  readonly signing: Pick<Signing, 'runJob'>;
  readonly registry: Registry;
  readonly log: JobLog;
  /** Signatures in the making at a time. */
  readonly signingConcurrency: number;
  readonly expireUploadsEveryMs?: number;
}): Jobs {
  const { queue, signing, registry, log } = deps;
  startSigningImages({ queue, signing, concurrency: deps.signingConcurrency });
  const expiring = startExpiringUploads({
    uploads: registry.uploads,
    intervalMs: deps.expireUploadsEveryMs ?? 10 * 60_000,
    log,
  });
  return {
    async stop() {
      await Promise.all([queue.stop(), expiring.stop()]);
    },
  };
}

export type { JobLog } from './log.ts';
export { observeSigning, type SigningOutcome } from './observe-signing.ts';
