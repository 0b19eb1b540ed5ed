// Plan: from a stored image to signing jobs, in the push's own transaction, so that an acknowledged push always
// has its statuses. Reads only rows of the transaction or of the committed caches; a fault of signing is data
// on the status and never refuses the push.
import { randomUUID } from 'node:crypto';
import { repositoryArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { isIndexMediaType } from '../../shared/media-types.ts';
import { isReferrersFallbackTag } from '../../shared/names.ts';
import type { Authorize, Caller } from '../access/index.ts';
import { type AuditTrail, signingEvent } from '../audit/index.ts';
import type { AfterImageStored, StoredImage } from '../registry/index.ts';
import type { Tx } from '../storage.ts';
import type { Checkpoint } from './crash-points.ts';
import { accessDenied, checkProfile } from './failures.ts';
import type { Lookups, ProfileVersion } from './lookups.ts';
import type { ImageSigningStatuses, SigningJobs, TaskQueue } from './ports.ts';
import { parseProfileArn } from './profile-arn.ts';
import type { SigningEvent } from './signing.ts';
import { type ImageSigningStatus, SIGN_IMAGE, type SigningFailure, type SigningProfile } from './types.ts';

/** What a pusher's identity needs on the repository besides signer:SignPayload on the profile. */
const uploadActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
];

export interface PlanDeps {
  readonly clock: Clock;
  readonly lookups: Lookups;
  readonly jobs: SigningJobs;
  readonly statuses: ImageSigningStatuses;
  readonly queue: TaskQueue;
  readonly authorize: Authorize;
  readonly audit: AuditTrail;
  readonly checkpoint: Checkpoint;
  readonly observe: (event: SigningEvent) => void;
}

export function makePlanJobs(deps: PlanDeps): AfterImageStored {
  return async (tx, stored, caller) => {
    if (!isSignable(stored)) return;
    const { repository, image, isNew } = stored;
    const rules = await deps.lookups.rules(tx, repository.registry);
    const profileArns = rules.profilesFor(repository.name);
    if (profileArns.length === 0) return;
    // A new image cannot have statuses: they went with it if it was deleted before.
    const existing = isNew ? [] : await deps.statuses.list(tx, repository.id, image.digest);
    for (const profileArn of profileArns) await planOne(deps, tx, stored, caller, profileArn, existing);
    await deps.checkpoint('plan:before-commit');
    tx.onCommit(() => void deps.checkpoint('plan:committed'));
  };
}

/**
 * Everything that is pushed is signed but what refers to something else, and the index under which clients
 * without the referrers API keep such references.
 */
export function isSignable({ image, tags }: Pick<StoredImage, 'image' | 'tags'>): boolean {
  if (image.subject !== undefined) return false;
  const isFallbackIndex =
    isIndexMediaType(image.mediaType) && tags.length > 0 && tags.every(isReferrersFallbackTag);
  return !isFallbackIndex;
}

/** What a push means for one profile. */
type Decided =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'fail'; readonly profileVersion: string; readonly failure: SigningFailure }
  | { readonly kind: 'sign'; readonly profile: SigningProfile };

async function planOne(
  deps: PlanDeps,
  tx: Tx,
  stored: StoredImage,
  caller: Caller,
  profileArn: string,
  existing: readonly ImageSigningStatus[],
): Promise<void> {
  const named = parseProfileArn(profileArn);
  const profile = named && (await deps.lookups.profile(tx, named.owner, named.name));
  const before = existing.find((status) => status.profileArn === profileArn);
  const denial = () => denialOf(deps, caller, stored, profileArn);
  const decided = await decide(profile, profileArn, before, denial);
  const now = deps.clock.now();
  const status = {
    repositoryId: stored.repository.id,
    digest: stored.image.digest,
    profileArn,
    updatedAt: now,
  };

  switch (decided.kind) {
    case 'nothing':
      return;
    case 'fail': {
      const { failure, profileVersion } = decided;
      await deps.statuses.put(tx, {
        ...status,
        profileVersion,
        jobId: '',
        state: { status: 'FAILED', failure },
      });
      tx.onCommit(() => {
        deps.observe({ kind: 'failed', ...failure });
        if (named !== undefined)
          recordRefusal(deps, stored, caller, { ...named, version: profileVersion }, failure);
      });
      return;
    }
    case 'sign': {
      const { owner, name, version } = decided.profile;
      const jobId = randomUUID();
      await deps.jobs.insert(tx, {
        id: jobId,
        owner,
        profileName: name,
        profileVersion: version,
        invoker: caller.principal.accountId,
        requestedBy: caller.principal.arn,
        target: { kind: 'image', repositoryId: status.repositoryId, digest: status.digest },
        state: { status: 'InProgress' },
        attempts: 0,
        createdAt: now,
      });
      await deps.statuses.put(tx, {
        ...status,
        profileVersion: version,
        jobId,
        state: { status: 'IN_PROGRESS' },
      });
      await deps.queue.enqueue(tx, SIGN_IMAGE, jobId);
      tx.onCommit(() => deps.observe({ kind: 'planned' }));
    }
  }
}

/** Goes into the log before the push's own record, which the client's answer waits for. */
function recordRefusal(
  deps: PlanDeps,
  { repository, image }: StoredImage,
  { principal }: Caller,
  profile: ProfileVersion,
  failure: SigningFailure,
): void {
  const event = signingEvent(
    {
      jobId: '',
      owner: profile.owner,
      profileName: profile.name,
      profileVersion: profile.version,
      requestedBy: principal.arn,
      target: {
        kind: 'image',
        repositoryArn: repositoryArn(repository.registry, repository.name),
        digest: image.digest,
      },
      attempts: 0,
      outcome: { kind: 'failed', ...failure },
    },
    deps.clock.now(),
  );
  void deps.audit.record(event, 'soon');
}

/** A signature that is there or on its way is only followed by one of another profile version. */
async function decide(
  profile: SigningProfile | undefined,
  profileArn: string,
  before: ImageSigningStatus | undefined,
  denial: () => Promise<SigningFailure | undefined>,
): Promise<Decided> {
  const standing = before !== undefined && before.state.status !== 'FAILED';
  if (standing && before.profileVersion === profile?.version) return { kind: 'nothing' };
  const checked = checkProfile(profile, profileArn);
  const failure = checked.usable ? await denial() : checked.failure;
  if (checked.usable && failure === undefined) return { kind: 'sign', profile: checked.profile };
  if (standing || failure === undefined) return { kind: 'nothing' };
  return { kind: 'fail', profileVersion: profile?.version ?? '', failure };
}

/** The first permission that the pusher lacks, or undefined. */
async function denialOf(
  deps: PlanDeps,
  caller: Caller,
  { repository }: StoredImage,
  profileArn: string,
): Promise<SigningFailure | undefined> {
  const repositoryResource = repositoryArn(repository.registry, repository.name);
  const needed: readonly [action: string, resource: string][] = [
    ['signer:SignPayload', profileArn],
    ...uploadActions.map((action): [string, string] => [action, repositoryResource]),
  ];
  for (const [action, resource] of needed) {
    const decision = await deps.authorize({ caller, action, resource });
    if (!decision.allowed) return accessDenied(decision.reason, action, resource, profileArn);
  }
  return undefined;
}
