// Background work: started after the stores are open, stopped before they close.
import type { Access } from '../domain/access/index.ts';
import type { GarbageRuns, RegistryWithUpkeep, ScrubRuns } from '../domain/registry/index.ts';
import type { Signing, SigningClock, TaskQueue } from '../domain/signing/index.ts';
import { startChangingMasterKey } from './change-master-key.ts';
import { type GarbageSchedule, observeGarbageRuns, startCollectingGarbage } from './collect-garbage.ts';
import { startDeletingCanceledProfiles } from './delete-canceled-profiles.ts';
import { startExpiringSessions } from './expire-sessions.ts';
import { startExpiringUploads } from './expire-uploads.ts';
import type { JobLog } from './log.ts';
import { startRecordingTimes } from './record-times.ts';
import { startRemovingOldSigningJobs } from './remove-old-signing-jobs.ts';
import { startRemovingReferrers } from './remove-referrers.ts';
import { startRemovingRepositories } from './remove-repositories.ts';
import { reportUnboundPrincipals } from './report-unbound-principals.ts';
import { observeDamage, observeScrubRuns, type ScrubSchedule, startScrubbing } from './scrub-blobs.ts';
import { startSigningImages } from './sign-image.ts';
import { startTakingAuditAcceptance } from './take-audit-acceptance.ts';
import { startWatchingClock } from './watch-clock.ts';

export interface Jobs {
  /** Takes no new work; resolves when the running work has ended. Tasks that wait stay in the queue. */
  stop(): Promise<void>;
}

export function startJobs(deps: {
  readonly queue: TaskQueue;
  readonly signing: Pick<Signing, 'runJob' | 'profiles' | 'oldJobs'>;
  readonly signingClock: SigningClock;
  readonly access: Access;
  /** Looks for a change of the master key and works on it. */
  readonly changeMasterKey: () => Promise<void>;
  /** Looks whether an operator accepts what was found in the audit trail. */
  readonly takeAuditAcceptance: () => Promise<void>;
  readonly registry: RegistryWithUpkeep;
  readonly log: JobLog;
  /** Signatures in the making at a time. */
  readonly signingConcurrency: number;
  readonly garbageRuns: GarbageRuns;
  readonly gc: GarbageSchedule;
  readonly scrubRuns: ScrubRuns;
  readonly scrub: ScrubSchedule;
  /** Between two runs, ms. */
  readonly intervals?: { readonly expire: number; readonly record: number; readonly hourly: number };
  readonly referrersOfDeleted: 'delete' | 'keep';
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}): Jobs {
  const { queue, signing, registry, access, log } = deps;
  const intervals = deps.intervals ?? { expire: 10 * 60_000, record: 60_000, hourly: 3_600_000 };
  const reported = reportUnboundPrincipals(access, log);
  startSigningImages({ queue, signing, concurrency: deps.signingConcurrency });
  const repetitions = [
    startExpiringUploads({ uploads: registry.uploads, intervalMs: intervals.expire, log }),
    startExpiringSessions({ access, intervalMs: intervals.expire, log }),
    startDeletingCanceledProfiles({ profiles: signing.profiles, intervalMs: intervals.expire, log }),
    startRecordingTimes({
      of: 'pulls',
      record: () => registry.images.recordPulls(),
      intervalMs: intervals.record,
      log,
    }),
    startRecordingTimes({
      of: 'uses of access keys',
      record: () => access.keyUses.record(),
      intervalMs: intervals.record,
      log,
    }),
    ...(deps.referrersOfDeleted === 'keep'
      ? []
      : [startRemovingReferrers({ removal: registry.referrerRemoval, intervalMs: intervals.hourly, log })]),
    startRemovingOldSigningJobs({ ...deps, oldJobs: signing.oldJobs, intervalMs: intervals.hourly }),
    startRemovingRepositories({ removal: registry.removal, intervalMs: intervals.expire, log }),
    startChangingMasterKey({ step: deps.changeMasterKey, log }),
    startWatchingClock(deps.signingClock),
    startTakingAuditAcceptance({ step: deps.takeAuditAcceptance, log }),
    startCollectingGarbage({ runs: deps.garbageRuns, schedule: deps.gc, log }),
    startScrubbing({ runs: deps.scrubRuns, scrubber: registry.scrubber, schedule: deps.scrub, log }),
  ];
  return {
    async stop() {
      await Promise.all([reported, queue.stop(), ...repetitions.map((repetition) => repetition.stop())]);
    },
  };
}

export type { JobLog } from './log.ts';
export { observeSigning, type SigningOutcome } from './observe-signing.ts';
export { clockBehindMs, clockDetail, openWatchedClock } from './watch-clock.ts';
export { observeDamage, observeGarbageRuns, observeScrubRuns };
