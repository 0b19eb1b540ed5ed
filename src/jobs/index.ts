// Background work: started after the stores are open, stopped before they close.
import type { Registry } from '../domain/registry/index.ts';
import type { Signing, TaskQueue } from '../domain/signing/index.ts';
import { startExpiringUploads } from './expire-uploads.ts';
import type { JobLog } from './log.ts';
import { startRecordingPulls } from './record-pulls.ts';
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
  /** Between two runs, ms. */
  readonly intervals?: { readonly expireUploads: number; readonly recordPulls: number };
}): Jobs {
  const { queue, signing, registry, log } = deps;
  const intervals = deps.intervals ?? { expireUploads: 10 * 60_000, recordPulls: 60_000 };
  startSigningImages({ queue, signing, concurrency: deps.signingConcurrency });
  const repetitions = [
    startExpiringUploads({ uploads: registry.uploads, intervalMs: intervals.expireUploads, log }),
    startRecordingPulls({ images: registry.images, intervalMs: intervals.recordPulls, log }),
  ];
  return {
    async stop() {
      await Promise.all([queue.stop(), ...repetitions.map((repetition) => repetition.stop())]);
    },
  };
}

export type { JobLog } from './log.ts';
export { observeSigning, type SigningOutcome } from './observe-signing.ts';
