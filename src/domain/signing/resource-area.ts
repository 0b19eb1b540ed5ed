// What policies ask of signing profiles: their permissions, their tags, and the version that a call would use.
import { signingProfileArn } from '../../shared/arn.ts';
import type { NamedResource, PolicyDocuments, ResourceArea } from '../access/index.ts';
import type { ResourceTags } from '../registry/index.ts';
import type { Storage } from '../storage.ts';
import type { SigningProfiles } from './ports.ts';
import { type ProfileName, parseProfileArn } from './profile-arn.ts';

/** Condition key: the newest version of the profile. */
const PROFILE_VERSION = 'signer:profileversion';

export function makeSigningArea(deps: {
  readonly storage: Storage;
  readonly profiles: SigningProfiles;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
}): ResourceArea {
  const { reader } = deps.storage;
  return {
    async facts(named) {
      const profile = profileOf(named);
      if (profile === undefined) return { policies: [] };
      const { owner, name } = profile;
      const arn = signingProfileArn(owner, name);
      const { policy } = await deps.policyDocuments.compiled(arn, 'signing-profile');
      const newest = await deps.profiles.find(reader, owner, name);
      return {
        policies: policy === undefined ? [] : [policy],
        ...(newest && { keys: { [PROFILE_VERSION]: newest.version } }),
      };
    },
    async tags(named) {
      const profile = profileOf(named);
      if (profile === undefined) return {};
      return deps.resourceTags.list(reader, signingProfileArn(profile.owner, profile.name));
    },
  };
}

function profileOf({ registry, resource }: NamedResource): ProfileName | undefined {
  return parseProfileArn(`arn:aws:signer:${registry.region}:${registry.accountId}:${resource}`);
}
