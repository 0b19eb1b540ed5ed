// Signing jobs as their owner sees them.
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { SigningJobs, SigningProfiles } from './ports.ts';
import { profileNotFound } from './profiles.ts';
import type { JobsDoor } from './signing.ts';
import { NOTATION_PLATFORM } from './types.ts';

export function makeJobs(deps: {
  readonly storage: Storage;
  readonly jobs: SigningJobs;
  readonly profiles: SigningProfiles;
}): JobsDoor {
  const { reader } = deps.storage;
  return {
    async describe(owner, jobId) {
      const job = await deps.jobs.find(reader, owner, jobId);
      const profile =
        job && (await deps.profiles.findVersion(reader, owner, job.profileName, job.profileVersion));
      if (job === undefined || profile === undefined)
        throw new DomainError('SigningJobNotFound', `The signing job '${jobId}' does not exist.`, {});
      return { job, profile };
    },
    async startOnObject(owner, profileName) {
      const profile = await deps.profiles.find(reader, owner, profileName);
      if (profile === undefined) throw profileNotFound(profileName, owner);
      throw new DomainError(
        'Validation',
        `The signing profile '${profileName}' is of the platform ${profile.platformId}, which signs container images and no objects in S3. Push an image to a repository that a signing rule matches, or call SignPayload.`,
        {},
      );
    },
    async list(owner, { platformId, ...query }) {
      // Every job is of the one platform.
      if (platformId !== undefined && platformId !== NOTATION_PLATFORM) return { items: [] };
      return deps.jobs.list(reader, owner, query);
    },
  };
}
