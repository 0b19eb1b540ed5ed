// Door of the signing area: rules to jobs (plan), jobs to signatures (run), and what clients ask about them.
// The glossary stands in types.ts. Nothing here knows HTTP or SQL; keys are sealed or behind handles.
import type { Clock } from '../../shared/clock.ts';
import type { Authorize, PolicyDocuments } from '../access/index.ts';
import type { AuditTrail } from '../audit/index.ts';
import { defaultLocality, type KeyStore, type Locality } from '../pki/index.ts';
import type { Images, ImagesToSign, Layers, Repositories, ResourceTags } from '../registry/index.ts';
import type { Storage } from '../storage.ts';
import { makeAuthorityStore } from './authority.ts';
import { makeConfiguration } from './configuration.ts';
import { type Checkpoint, noCheckpoint } from './crash-points.ts';
import { makeJobs } from './jobs.ts';
import { makeLookups } from './lookups.ts';
import { makeFindLost } from './lost-signatures.ts';
import type { SignatureMaker } from './notary/index.ts';
import { makeOldJobs } from './old-jobs.ts';
import { makePlanImage, makePlanJobs } from './plan-jobs.ts';
import { platforms } from './platforms.ts';
import type {
  Authorities,
  ImageSigningStatuses,
  OldSigningJobs,
  SigningConfigurations,
  SigningJobs,
  SigningProfiles,
  TaskQueue,
} from './ports.ts';
import { makePermissions } from './profile-permissions.ts';
import { makeProfileTags } from './profile-tags.ts';
import { makeProfiles } from './profiles.ts';
import { makeSigningArea } from './resource-area.ts';
import { makeRevocation } from './revocation.ts';
import { makeRunJob } from './run-job.ts';
import { makeSignImage } from './sign-image.ts';
import { makeSignPayload } from './sign-payload.ts';
import { makeContentFound, makeSignatureHold } from './signature-hold.ts';
import type { Signing, SigningEvent } from './signing.ts';
import type { SigningClock } from './signing-clock.ts';
import { makeSigningTime } from './signing-time.ts';
import { makeStatus, type ResolveImage } from './status.ts';
import { makeTrust } from './trust.ts';

export interface SigningDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly signingClock: SigningClock;
  readonly configurations: SigningConfigurations;
  readonly profiles: SigningProfiles;
  readonly jobs: SigningJobs;
  readonly oldJobs: OldSigningJobs;
  readonly statuses: ImageSigningStatuses;
  readonly authorities: Authorities;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
  readonly repositories: Pick<Repositories, 'findById'>;
  readonly images: Images;
  readonly layers: Layers;
  readonly queue: TaskQueue;
  readonly keys: KeyStore;
  readonly maker: SignatureMaker;
  readonly audit: AuditTrail;
  readonly authorize: Authorize;
  readonly imagesToSign: ImagesToSign;
  /** The registry's `images.resolve`. */
  readonly resolveImage: ResolveImage;
  /** C and ST of the certificates' subjects. */
  readonly locality?: Locality;
  /** For tests that stop or kill the process at a named point. */
  readonly checkpoint?: Checkpoint;
  /** Told of every job's steps, for logs and metrics; must not throw. */
  readonly observe?: (event: SigningEvent) => void;
}

export function makeSigning(given: SigningDeps): Signing {
  const { storage, signingClock, configurations, profiles, authorities, keys, jobs } = given;
  const locality = given.locality ?? defaultLocality;
  const lookups = makeLookups({ reader: storage.reader, configurations, profiles });
  const authority = makeAuthorityStore({
    storage,
    clock: signingClock,
    authorities,
    keys,
    locality,
  });
  const deps = {
    ...given,
    locality,
    lookups,
    authority,
    signingTime: makeSigningTime(signingClock),
    checkpoint: given.checkpoint ?? noCheckpoint,
    observe: given.observe ?? (() => {}),
  };
  const holdOn = makeSignatureHold(deps);
  const planImage = makePlanImage({ ...deps, holdOn });
  return {
    configuration: makeConfiguration(deps),
    profiles: { ...makeProfiles(deps), ...makeProfileTags(deps) },
    permissions: makePermissions(deps),
    platforms,
    jobs: makeJobs({ storage, jobs, profiles }),
    oldJobs: makeOldJobs(deps),
    revocation: makeRevocation({ storage, clock: signingClock, profiles, jobs, lookups }),
    trust: makeTrust(deps),
    signPayload: makeSignPayload(deps),
    status: makeStatus(deps),
    resourceArea: makeSigningArea(deps),
    planJobs: makePlanJobs(planImage),
    signImage: makeSignImage({ ...deps, planImage }),
    managedSignatures: { holdOn, contentFound: makeContentFound(deps), findLost: makeFindLost(deps) },
    keysWereResealed: () => authority.forget(),
    runJob: makeRunJob(deps),
  };
}

export type { Checkpoint, CrashPoint } from './crash-points.ts';
export { makeLookups } from './lookups.ts';
export { makeFindLost } from './lost-signatures.ts';
export type { PlannedProfile } from './plan-jobs.ts';
export type {
  Authorities,
  ClockMarks,
  ImageSigningStatuses,
  JobKey,
  OldSigningJobs,
  ProfileKey,
  SigningConfigurations,
  SigningJobs,
  SigningProfiles,
  Task,
  TaskOutcome,
  TaskQueue,
} from './ports.ts';
export { makeContentFound } from './signature-hold.ts';
export type {
  PutProfile,
  SignedImage,
  SignedPayload,
  SignImage,
  Signing,
  SigningEvent,
  SigningPlatform,
  SignPayload,
  TrustDoor,
} from './signing.ts';
export { type ClockState, openSigningClock, type SigningClock } from './signing-clock.ts';
export { trustStoreName } from './trust.ts';
export {
  type ImageSigningStatus,
  NOTATION_PLATFORM,
  type ProfileStatus,
  SIGN_IMAGE,
  type SigningConfiguration,
  type SigningFailure,
  type SigningFailureCode,
  type SigningJob,
  type SigningProfile,
  type SigningRule,
  type ValidityPeriod,
} from './types.ts';
