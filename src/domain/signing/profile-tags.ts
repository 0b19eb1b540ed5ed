// AWS resource tags of signing profiles, by the profile's ARN.
import { type RegistryKey, signingProfileArn } from '../../shared/arn.ts';
import { DomainError } from '../errors.ts';
import type { Reader, Tx } from '../storage.ts';
import { parseProfileArn } from './profile-arn.ts';
import type { ProfilesDeps } from './profiles.ts';
import type { ProfilesDoor } from './signing.ts';

/** AWS Signer's limit, tags per profile. */
const most = 50;

export function makeProfileTags(
  deps: Pick<ProfilesDeps, 'storage' | 'profiles' | 'resourceTags'>,
): Pick<ProfilesDoor, 'listTags' | 'tag' | 'untag'> {
  const { storage, profiles, resourceTags } = deps;

  /** Checks that the caller's registry owns an existing profile of this ARN. */
  async function check(on: Reader | Tx, caller: RegistryKey, resourceArn: string): Promise<void> {
    const named = parseProfileArn(resourceArn);
    if (named === undefined)
      throw new DomainError(
        'InvalidParameter',
        `'${resourceArn}' is not the ARN of a signing profile, which looks like ${signingProfileArn(caller, 'name')}.`,
        { parameter: 'resourceArn' },
      );
    const { owner, name } = named;
    const own = owner.accountId === caller.accountId && owner.region === caller.region;
    if (!own || (await profiles.find(on, owner, name)) === undefined)
      throw new DomainError('ResourceNotFound', `The signing profile ${resourceArn} does not exist.`, {});
  }

  return {
    async listTags(caller, resourceArn) {
      await check(storage.reader, caller, resourceArn);
      return resourceTags.list(storage.reader, resourceArn);
    },
    tag: (caller, resourceArn, tags) =>
      storage.write(async (tx) => {
        await check(tx, caller, resourceArn);
        const existing = await resourceTags.list(tx, resourceArn);
        checkTagCount(new Set([...Object.keys(existing), ...Object.keys(tags)]).size);
        await resourceTags.put(tx, resourceArn, tags);
      }),
    untag: (caller, resourceArn, keys) =>
      storage.write(async (tx) => {
        await check(tx, caller, resourceArn);
        await resourceTags.delete(tx, resourceArn, keys);
      }),
  };
}

/** Throws TooManyTags. */
export function checkTagCount(count: number): void {
  if (count > most)
    throw new DomainError(
      'TooManyTags',
      `A signing profile may have ${most} tags; this would make ${count}.`,
      {},
    );
}
