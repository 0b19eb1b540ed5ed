// The rows that every push and every job reads: a registry's compiled rules and profiles. Cached, because a
// push's transaction holds up all other writers; whoever changes such a row must say so here.
import type { RegistryKey } from '../../shared/arn.ts';
import { type CommittedCache, makeCommittedCache } from '../committed-cache.ts';
import type { Reader, Tx } from '../storage.ts';
import type { SigningConfigurations, SigningProfiles } from './ports.ts';
import { type CompiledRules, compileRules } from './rules.ts';
import type { SigningProfile } from './types.ts';

const cached = { registries: 256, profiles: 4096 };

export interface Lookups {
  rules(tx: Tx, registry: RegistryKey): Promise<CompiledRules>;
  configurationChanged(tx: Tx, registry: RegistryKey): void;
  /** The newest version of the name, within a transaction. */
  profile(tx: Tx, owner: RegistryKey, name: string): Promise<SigningProfile | undefined>;
  /** A version, within a transaction or not. */
  profileVersionInTx(tx: Tx, version: ProfileVersion): Promise<SigningProfile | undefined>;
  profileVersion(version: ProfileVersion): Promise<SigningProfile | undefined>;
  profileChanged(tx: Tx, version: ProfileVersion): void;
}

export interface ProfileVersion {
  readonly owner: RegistryKey;
  readonly name: string;
  readonly version: string;
}

export function makeLookups(deps: {
  readonly reader: Reader;
  readonly configurations: SigningConfigurations;
  readonly profiles: SigningProfiles;
}): Lookups {
  const rules: CommittedCache<CompiledRules> = makeCommittedCache(cached.registries);
  const newest: CommittedCache<SigningProfile | undefined> = makeCommittedCache(cached.profiles);
  const versions: CommittedCache<SigningProfile | undefined> = makeCommittedCache(cached.profiles);
  const findVersion = (v: ProfileVersion) => (on: Reader) =>
    deps.profiles.findVersion(on, v.owner, v.name, v.version);

  return {
    rules: (tx, registry) =>
      rules.inTx(tx, registryKey(registry), async (on) =>
        compileRules(await deps.configurations.find(on, registry)),
      ),
    configurationChanged: (tx, registry) => rules.changed(tx, registryKey(registry)),
    profile: (tx, owner, name) =>
      newest.inTx(tx, nameKey(owner, name), (on) => deps.profiles.find(on, owner, name)),
    profileVersionInTx: (tx, version) => versions.inTx(tx, versionKey(version), findVersion(version)),
    profileVersion: (version) => versions.read(deps.reader, versionKey(version), findVersion(version)),
    profileChanged(tx, version) {
      newest.changed(tx, nameKey(version.owner, version.name));
      versions.changed(tx, versionKey(version));
    },
  };
}

const registryKey = (registry: RegistryKey) => `${registry.accountId}/${registry.region}`;
const nameKey = (owner: RegistryKey, name: string) => `${registryKey(owner)}/${name}`;
const versionKey = (v: ProfileVersion) => `${nameKey(v.owner, v.name)}/${v.version}`;
