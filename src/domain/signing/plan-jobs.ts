// Plan: from a stored image to signing jobs, in the push's own transaction, so that an acknowledged push always
// has its statuses. Reads only rows of the transaction or of the committed caches; a fault of signing is data
// on the status and never refuses the push.
import { randomUUID } from 'node:crypto';
import { repositoryArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Authorize, type Caller, lastingIdOf } from '../access/index.ts';
import { type AuditTrail, signingEvent } from '../audit/index.ts';
import type {
  AfterImageStored,
  Image,
  ImagesToSign,
  ManagedSignatures,
  StoredImage,
} from '../registry/index.ts';
import type { Tx } from '../storage.ts';
import type { Checkpoint } from './crash-points.ts';
import { type Decided, decide } from './decide-signing.ts';
import { accessDenied } from './failures.ts';
import type { Lookups, ProfileVersion } from './lookups.ts';
import { lossOfRecords, type SignatureRecordsDeps } from './lost-signatures.ts';
import type { ImageSigningStatuses, SigningJobs, TaskQueue } from './ports.ts';
import { parseProfileArn } from './profile-arn.ts';
import type { SignatureState } from './signature-state.ts';
import type { SigningEvent } from './signing.ts';
import { stateOfSignature } from './status.ts';
import { type ListedSigningStatus, SIGN_IMAGE, type SigningFailure } from './types.ts';

/** What a pusher's identity needs on the repository besides signer:SignPayload on the profile. */
const uploadActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
];

/** The registry asks for the pusher: a policy can let a push be signed and forbid SignPayload by hand. */
const CALLED_VIA = ['ecr.amazonaws.com'];

export interface PlanDeps extends SignatureRecordsDeps {
  readonly clock: Clock;
  readonly lookups: Lookups;
  readonly jobs: SigningJobs;
  readonly statuses: ImageSigningStatuses;
  readonly queue: TaskQueue;
  readonly authorize: Authorize;
  readonly imagesToSign: Pick<ImagesToSign, 'removeSignature' | 'signaturesOf'>;
  readonly holdOn: ManagedSignatures['holdOn'];
  readonly audit: AuditTrail;
  readonly checkpoint: Checkpoint;
  readonly observe: (event: SigningEvent) => void;
}

/**
 * Managed signatures that an image may have before those are removed that no status rests on: revoked ones and those of
 * older profile versions. Verifiers look at a hundred and no further.
 */
const SIGNATURES_KEPT = 50;

/** `sign`, `sign again`: asked for by itself (`sealport sign`, `--again`). */
export type PlanMode = 'push' | 'sign' | 'sign again';

/** What was decided for one profile. */
export interface PlannedProfile {
  readonly profileArn: string;
  readonly decided: Decided;
}

/** Decides for each profile that is to sign the image, and writes what follows from it unless it is a rehearsal. */
export type PlanImage = (
  tx: Tx,
  stored: StoredImage,
  caller: Caller,
  how: { readonly mode: PlanMode; readonly isRehearsal?: boolean },
) => Promise<readonly PlannedProfile[]>;

export function makePlanJobs(plan: PlanImage): AfterImageStored {
  return async (tx, stored, caller) => void (await plan(tx, stored, caller, { mode: 'push' }));
}

export function makePlanImage(deps: PlanDeps): PlanImage {
  return async (tx, stored, caller, { mode, isRehearsal = false }) => {
    if (!isSignable(stored)) return [];
    const { repository, image, isNew } = stored;
    const rules = await deps.lookups.rules(tx, repository.registry);
    const profileArns = rules.profilesFor(repository.name);
    if (profileArns.length === 0) return [];
    // A new image cannot have statuses: they went with it if it was deleted before.
    const existing = isNew ? [] : await deps.statuses.list(tx, repository.id, image.digest);
    const planned: PlannedProfile[] = [];
    for (const profileArn of profileArns) {
      const before = existing.find((status) => status.profileArn === profileArn);
      const decided = await decideFor(deps, tx, stored, caller, { profileArn, before, mode });
      if (!isRehearsal) await carryOut(deps, tx, stored, caller, { profileArn, before }, decided);
      planned.push({ profileArn, decided });
    }
    if (isRehearsal) return planned;
    await deps.checkpoint('plan:before-commit');
    tx.onCommit(() => void deps.checkpoint('plan:committed'));
    return planned;
  };
}

/**
 * Everything that is pushed is signed but what refers to something else, and the index under which clients
 * without the referrers API keep such references.
 */
export function isSignable({
  image,
  isReferrersList,
}: Pick<StoredImage, 'image' | 'isReferrersList'>): boolean {
  return image.subject === undefined && !isReferrersList;
}

/** What is there for a profile already, and who asks for what. */
interface Before {
  readonly profileArn: string;
  readonly before: ListedSigningStatus | undefined;
}

async function decideFor(
  deps: PlanDeps,
  tx: Tx,
  stored: StoredImage,
  caller: Caller,
  { profileArn, before, mode }: Before & { readonly mode: PlanMode },
): Promise<Decided> {
  const named = parseProfileArn(profileArn);
  const profile = named && (await deps.lookups.profile(tx, named.owner, named.name));
  const signature = before && (await standingSignature(deps, tx, before));
  const denial = () => denialOf(deps, caller, stored, profileArn);
  return decide({ profile, profileArn, before, signature, mode, denial });
}

/** As the records have it now: a push must not rest on what is no longer there. */
async function standingSignature(
  deps: PlanDeps,
  tx: Tx,
  before: ListedSigningStatus,
): Promise<SignatureState | undefined> {
  const state = await stateOfSignature(deps, before, tx);
  if (state?.kind !== 'valid') return state;
  const fault = await lossOfRecords(deps, tx, before);
  if (fault === undefined) return state;
  await deps.jobs.setFault(tx, before.jobId, fault.part, fault.fault);
  return { kind: 'lost', fault };
}

async function carryOut(
  deps: PlanDeps,
  tx: Tx,
  stored: StoredImage,
  caller: Caller,
  { profileArn, before }: Before,
  decided: Decided,
): Promise<void> {
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
        const named = parseProfileArn(profileArn);
        if (named !== undefined)
          recordRefusal(deps, stored, caller, { ...named, version: profileVersion }, failure);
      });
      return;
    }
    case 'sign': {
      const { owner, name, version } = decided.profile;
      // What can be read or verified no more makes room: signatures of one profile do not pile up.
      if (decided.replaces && before !== undefined) await removeSignatureOf(deps, tx, before);
      if (before !== undefined) await makeRoom(deps, tx, stored.image);
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
      await deps.queue.enqueue(tx, SIGN_IMAGE, jobId, lastingIdOf(caller.principal));
      tx.onCommit(() => deps.observe({ kind: 'planned' }));
    }
  }
}

/** By its job as well: the record of it may have lost its digest. */
async function removeSignatureOf(
  { imagesToSign }: PlanDeps,
  tx: Tx,
  { repositoryId, digest, jobId, signature }: ListedSigningStatus,
): Promise<void> {
  const ofJob = await imagesToSign.signaturesOf(tx, repositoryId, digest);
  const over = new Set(ofJob.filter((one) => one.signingJobId === jobId).map((one) => one.digest));
  if (signature?.digest !== undefined) over.add(signature.digest);
  for (const one of over) await imagesToSign.removeSignature(tx, repositoryId, one);
}

/** Signatures of one image do not grow without end, whatever is revoked and signed again. */
async function makeRoom(
  { imagesToSign, holdOn }: PlanDeps,
  tx: Tx,
  { repositoryId, digest }: Image,
): Promise<void> {
  const signatures = await imagesToSign.signaturesOf(tx, repositoryId, digest);
  if (signatures.length < SIGNATURES_KEPT) return;
  for (const signature of signatures)
    if ((await holdOn(tx, signature)) === undefined)
      await imagesToSign.removeSignature(tx, repositoryId, signature.digest);
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
    const decision = await deps.authorize({ caller, action, resource, calledVia: CALLED_VIA });
    if (!decision.allowed) return accessDenied(decision.reason, action, resource, profileArn);
  }
  return undefined;
}
