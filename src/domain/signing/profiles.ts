// Signing profiles: created whole (with their intermediate certificate, so that the first push is not slow),
// never changed, canceled once. States: Active -> Canceled -> Deleted, long after; a name that is put again gets a new
// version.
import { randomInt } from 'node:crypto';
import type { RegistryKey } from '../../shared/arn.ts';
import { signingProfileArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { PolicyDocuments } from '../access/index.ts';
import { DomainError } from '../errors.ts';
import type { ResourceTags } from '../registry/index.ts';
import type { Storage, Tx } from '../storage.ts';
import type { AuthorityStore } from './authority.ts';
import type { Lookups } from './lookups.ts';
import { checkParameters } from './parameters.ts';
import type { SigningProfiles } from './ports.ts';
import { checkTagCount } from './profile-tags.ts';
import type { ProfilesDoor, PutProfile } from './signing.ts';
import { NOTATION_PLATFORM, type SigningProfile, type ValidityPeriod } from './types.ts';
import { checkValidity } from './validity.ts';

export interface ProfilesDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly profiles: SigningProfiles;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
  readonly authority: AuthorityStore;
  readonly lookups: Lookups;
}

/**
 * How long a canceled profile is kept, ms: two years, as AWS Signer has it (API reference, CancelSigningProfile). Its
 * certificates stay for those who verify its signatures, and its jobs still tell of it.
 */
export const CANCELED_KEPT_MS = 2 * 365 * 24 * 3600 * 1000;

const NAME = /^[a-zA-Z0-9_]{2,64}$/;

export function makeProfiles(
  deps: ProfilesDeps,
): Pick<ProfilesDoor, 'put' | 'get' | 'list' | 'cancel' | 'deleteCanceled'> {
  const { storage, profiles, resourceTags, lookups } = deps;

  /** The active profile that makes this put a repetition, or undefined when a new version is needed. */
  async function sameActive(
    existing: SigningProfile | undefined,
    input: PutProfile,
    validity: ValidityPeriod,
  ): Promise<SigningProfile | undefined> {
    if (existing === undefined || existing.status !== 'Active') return undefined;
    const same =
      existing.platformId === input.platformId &&
      existing.validity.value === validity.value &&
      existing.validity.type === validity.type &&
      sameRecord(existing.parameters, input.parameters ?? {});
    if (same && input.tags !== undefined) {
      const tags = await resourceTags.list(storage.reader, signingProfileArn(input.owner, input.name));
      if (!sameRecord(tags, input.tags)) throw exists(input.name, 'other tags; change them with TagResource');
    }
    if (!same) throw exists(input.name, 'another definition; cancel it first to get a new version');
    return existing;
  }

  async function insert(tx: Tx, profile: SigningProfile, input: PutProfile): Promise<void> {
    const { owner, name, version } = profile;
    const former = await profiles.find(tx, owner, name);
    await profiles.insert(tx, profile);
    // The tags are those of the name: a new version begins with the ones that it is put with.
    const arn = signingProfileArn(owner, name);
    await resourceTags.delete(tx, arn, 'all');
    // A profile that was canceled is over; another one of its name gives nobody what that one gave. After a revocation,
    // which is of a version, the same profile goes on.
    if (former?.status !== 'Revoked') await deps.policyDocuments.delete(tx, arn);
    if (input.tags !== undefined) await resourceTags.put(tx, arn, input.tags);
    lookups.profileChanged(tx, { owner, name, version });
  }

  async function get(owner: RegistryKey, name: string): Promise<SigningProfile> {
    const found = await profiles.find(storage.reader, owner, name);
    if (found === undefined) throw profileNotFound(name, owner);
    return found;
  }

  return {
    async put(input) {
      const { owner, name } = input;
      checkDefinition(input);
      const validity = checkValidity(input.validity);
      const known = await sameActive(await profiles.find(storage.reader, owner, name), input, validity);
      if (known !== undefined) return known;
      const profile: SigningProfile = {
        owner,
        name,
        version: newVersion(),
        platformId: input.platformId,
        status: 'Active',
        validity,
        parameters: { ...input.parameters },
        createdAt: deps.clock.now(),
      };
      const intermediate = await deps.authority.prepareIntermediate({
        owner,
        name,
        version: profile.version,
      });
      return storage.write(async (tx) => {
        // Somebody may have put the name while the key was made.
        const winner = await sameActive(await profiles.find(tx, owner, name), input, validity);
        if (winner !== undefined) return winner;
        await insert(tx, profile, input);
        await intermediate.store(tx);
        return profile;
      });
    },
    get,
    list: (owner, query) => profiles.list(storage.reader, owner, query),
    cancel: (owner, name) =>
      storage.write(async (tx) => {
        const profile = await profiles.find(tx, owner, name);
        if (profile === undefined) throw profileNotFound(name, owner);
        if (profile.status !== 'Active') return profile;
        const canceled: SigningProfile = { ...profile, status: 'Canceled', canceledAt: deps.clock.now() };
        await profiles.update(tx, canceled);
        lookups.profileChanged(tx, canceled);
        return canceled;
      }),
    deleteCanceled: (limit) =>
      storage.write(async (tx) => {
        const old = await profiles.canceledBefore(tx, deps.clock.now() - CANCELED_KEPT_MS, limit);
        for (const profile of old) {
          const { owner, name } = profile;
          await profiles.delete(tx, profile);
          lookups.profileChanged(tx, profile);
          if ((await profiles.find(tx, owner, name)) !== undefined) continue;
          // The name is free, and gives nobody what it gave before.
          const arn = signingProfileArn(owner, name);
          await resourceTags.delete(tx, arn, 'all');
          await deps.policyDocuments.delete(tx, arn);
        }
        return old.length;
      }),
  };
}

function checkDefinition(input: PutProfile): void {
  const { name, platformId, parameters, tags } = input;
  // The model's pattern has no end anchor; a name beyond it could not be named in a signing configuration.
  if (name.length > 64 || !NAME.test(name))
    refuse(`The profile name '${name}' must be 2 to 64 letters, digits and underscores.`);
  if (platformId !== NOTATION_PLATFORM)
    refuse(`The signing platform '${platformId}' is not offered. Use ${NOTATION_PLATFORM}.`);
  if (input.signingMaterial !== undefined)
    refuse(`signingMaterial has no meaning for ${NOTATION_PLATFORM}: the server makes the certificates.`);
  if (Object.keys(input.overrides ?? {}).length > 0)
    refuse(`overrides have no meaning for ${NOTATION_PLATFORM}: algorithm and format are fixed.`);
  checkParameters(parameters ?? {});
  if (tags !== undefined) checkTagCount(Object.keys(tags).length);
}

function refuse(message: string): never {
  throw validation(message);
}

export function validation(message: string): DomainError<'Validation'> {
  return new DomainError('Validation', message, {});
}

export function profileNotFound(name: string, owner: RegistryKey): DomainError {
  return new DomainError(
    'SigningProfileNotFound',
    `The signing profile '${name}' does not exist in account ${owner.accountId}, region ${owner.region}.`,
    {},
  );
}

function exists(name: string, how: string): DomainError {
  return validation(`The signing profile '${name}' exists already with ${how}.`);
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Ten letters and digits, as the model's ProfileVersion asks. */
function newVersion(): string {
  let version = '';
  for (let i = 0; i < 10; i++) version += alphabet.charAt(randomInt(alphabet.length));
  return version;
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
  );
}
