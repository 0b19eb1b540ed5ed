// Whether a managed signature may be deleted without its image: not while the image's status rests on it. And what a read
// or a scrub finds of stored content, written down for the signatures that consist of it.
import { signingJobArn, signingProfileArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Image, Images, ManagedSignatures } from '../registry/index.ts';
import type { Tx } from '../storage.ts';
import type { Lookups } from './lookups.ts';
import type { ImageSigningStatuses, SigningJobs } from './ports.ts';
import { signatureOf, signatureState } from './signature-state.ts';
import { stateOfSignature } from './status.ts';
import type { SigningJob } from './types.ts';

export function makeSignatureHold(deps: {
  readonly clock: Clock;
  readonly images: Pick<Images, 'find'>;
  readonly jobs: Pick<SigningJobs, 'findById'>;
  readonly statuses: Pick<ImageSigningStatuses, 'list'>;
  readonly lookups: Lookups;
}): ManagedSignatures['holdOn'] {
  /** Revoked, expired or lost: nothing rests on it any more. */
  async function isOver(tx: Tx, job: SigningJob): Promise<boolean> {
    const { owner, profileName: name, profileVersion: version } = job;
    const made = await deps.lookups.profileVersionInTx(tx, { owner, name, version });
    return signatureState(signatureOf(job), made, deps.clock.now()).kind !== 'valid';
  }

  /** Another job of the profile made the signature that counts. */
  async function isReplaced(tx: Tx, job: SigningJob, subject: Image): Promise<boolean> {
    const profileArn = signingProfileArn(job.owner, job.profileName);
    const statuses = await deps.statuses.list(tx, subject.repositoryId, subject.digest);
    const status = statuses.find((one) => one.profileArn === profileArn);
    if (status === undefined || status.jobId === job.id) return false;
    return (await stateOfSignature(deps, status, tx))?.kind === 'valid';
  }

  return async (tx, { repositoryId, digest, subject, signingJobId }) => {
    const job = signingJobId === undefined ? undefined : await deps.jobs.findById(tx, signingJobId);
    const signed =
      job === undefined || subject === undefined
        ? undefined
        : await deps.images.find(tx, repositoryId, subject);
    if (job === undefined || signed === undefined) return undefined;
    if ((await isOver(tx, job)) || (await isReplaced(tx, job, signed))) return undefined;
    return `The signature ${digest} is what the signing status of the image ${signed.digest} rests on, and goes with that image. To delete it alone, revoke it before: RevokeSignature for ${signingJobArn(job.owner, job.id)} (aws signer revoke-signature --job-id ${job.id} --reason …)`;
  };
}

export function makeContentFound(deps: {
  readonly images: Pick<Images, 'find' | 'references'>;
  readonly jobs: Pick<SigningJobs, 'ofEnvelope' | 'setFault'>;
}): ManagedSignatures['contentFound'] {
  return async (tx, content, fault) => {
    if (content.kind === 'blob') {
      for (const jobId of await deps.jobs.ofEnvelope(tx, content.digest))
        await deps.jobs.setFault(tx, jobId, 'envelope', fault);
      return;
    }
    if (content.kind === 'layer') {
      const { repositoryId, digest, image: parent } = content;
      const references = await deps.images.references(tx, repositoryId, parent);
      // Every signature has the same config, and no verifier reads it.
      if (!references.some((one) => one.kind === 'layer' && one.digest === digest)) return;
      const signature = await deps.images.find(tx, repositoryId, parent);
      if (signature?.signingJobId !== undefined)
        await deps.jobs.setFault(tx, signature.signingJobId, 'envelope', fault);
      return;
    }
    const image = await deps.images.find(tx, content.repositoryId, content.digest);
    if (image?.signingJobId !== undefined)
      await deps.jobs.setFault(tx, image.signingJobId, 'manifest', fault);
  };
}
