// A registry's signing configuration: one document, replaced as a whole and given back exactly as it was put.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { PolicyDocuments } from '../access/index.ts';
import { DomainError } from '../errors.ts';
import type { Storage, Tx } from '../storage.ts';
import type { Lookups } from './lookups.ts';
import type { SigningConfigurations, SigningProfiles } from './ports.ts';
import { parseProfileArn } from './profile-arn.ts';
import { permitsAccount } from './profile-permissions.ts';
import type { ConfigurationDoor } from './signing.ts';
import { NOTATION_PLATFORM, type SigningRule } from './types.ts';

export function makeConfiguration(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly configurations: SigningConfigurations;
  readonly profiles: SigningProfiles;
  readonly policyDocuments: PolicyDocuments;
  readonly lookups: Lookups;
}): ConfigurationDoor {
  const { storage, configurations } = deps;

  /**
   * A rule's profile must exist, be active, be of the container platform and lie in the registry's region; another
   * account's must be permitted to this one.
   */
  async function checkRule(tx: Tx, registry: RegistryKey, rule: SigningRule, index: number): Promise<void> {
    const arn = rule.signingProfileArn;
    const refuse = (problem: string): never => {
      throw new DomainError(
        'Validation',
        `Rule ${index + 1} of the signing configuration (signingProfileArn '${arn}') ${problem}`,
        {},
      );
    };
    const named = parseProfileArn(arn);
    if (named === undefined) return refuse('does not name a signing profile of the partition aws.');
    const { owner, name } = named;
    if (owner.region !== registry.region)
      refuse(
        `names a profile in the region ${owner.region}; it must lie in the registry's region, ${registry.region}.`,
      );
    if (
      owner.accountId !== registry.accountId &&
      !(await permitsAccount(deps.policyDocuments, tx, arn, registry.accountId))
    )
      refuse(
        `names a profile of another account, which has not permitted account ${registry.accountId} to sign with it.`,
      );
    const profile = await deps.profiles.find(tx, owner, name);
    if (profile === undefined) return refuse('names a profile that does not exist.');
    if (profile.status !== 'Active')
      refuse(`names a profile that is not active: its status is ${profile.status}.`);
    if (profile.platformId !== NOTATION_PLATFORM)
      refuse(`names a profile of the platform ${profile.platformId}; images need ${NOTATION_PLATFORM}.`);
  }

  return {
    async get(registry) {
      const found = await configurations.find(storage.reader, registry);
      if (found === undefined) throw notFound(registry);
      return found;
    },
    put: (registry, configuration) =>
      storage.write(async (tx) => {
        for (const [index, rule] of configuration.rules.entries()) await checkRule(tx, registry, rule, index);
        await configurations.put(tx, registry, configuration, deps.clock.now());
        deps.lookups.configurationChanged(tx, registry);
        return configuration;
      }),
    delete: (registry) =>
      storage.write(async (tx) => {
        const found = await configurations.find(tx, registry);
        if (found === undefined) throw notFound(registry);
        await configurations.delete(tx, registry);
        deps.lookups.configurationChanged(tx, registry);
        return found;
      }),
  };
}

function notFound(registry: RegistryKey): DomainError {
  return new DomainError(
    'SigningConfigurationNotFound',
    `The signing configuration does not exist in the registry with id '${registry.accountId}'`,
    {},
  );
}
