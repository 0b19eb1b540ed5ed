// The certificates and sealed keys that stand behind signatures: a root for each account, an intermediate for
// each profile version, and a leaf for profiles that use one leaf for all. Made once, stored with their keys
// sealed; asking twice gives the same. Private keys never pass through here in the clear.
import {
  createIntermediate,
  createRoot,
  issueCertificate,
  type KeyHandle,
  type KeyStore,
  type Locality,
  leafSubject,
  makeLeafTemplate,
  newSerialNumber,
  parseCertificate,
  type StoredKey,
} from '../pki/index.ts';
import type { Storage, Tx } from '../storage.ts';
import type { ProfileVersion } from './lookups.ts';
import type { Authorities, AuthorityRecord } from './ports.ts';
import type { SigningClock } from './signing-clock.ts';

const cachedChains = 1024;

/** What signs for one profile version. Times are epoch ms. */
export interface SigningChain {
  readonly rootDer: Uint8Array;
  readonly intermediate: { readonly key: StoredKey; readonly certDer: Uint8Array };
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface SharedLeaf {
  readonly key: StoredKey;
  readonly certDer: Uint8Array;
  readonly notBefore: number;
}

export interface AuthorityStore {
  /** The account's root, made when it is not there yet. */
  ensureRoot(accountId: string): Promise<AuthorityRecord>;
  findRoot(accountId: string): Promise<AuthorityRecord | undefined>;
  /** Makes a new version's intermediate; `store` writes it in the transaction that stores the profile. */
  prepareIntermediate(version: ProfileVersion): Promise<{ store(tx: Tx): Promise<void> }>;
  chainOf(version: ProfileVersion): Promise<SigningChain>;
  /** The leaf of a profile version that signs everything with one leaf. */
  sharedLeafOf(version: ProfileVersion): Promise<SharedLeaf>;
  /** The sealed keys are read anew: they were sealed again. */
  forget(): void;
}

export function makeAuthorityStore(deps: {
  readonly storage: Storage;
  readonly clock: SigningClock;
  readonly authorities: Authorities;
  readonly keys: KeyStore;
  readonly locality: Locality;
}): AuthorityStore {
  const { storage, authorities, keys, locality, clock } = deps;
  /** Certificates never change once stored, so a chain may stay here for ever. */
  const chains = new Map<string, Promise<SigningChain>>();
  const leaves = new Map<string, Promise<SharedLeaf>>();
  const creations = new Map<string, Promise<AuthorityRecord>>();

  async function make(
    accountId: string,
    scope: string,
    issue: (key: KeyHandle) => Promise<Uint8Array>,
  ): Promise<AuthorityRecord> {
    const stored = await keys.create('P-384');
    const certificateDer = await withKey(stored, issue);
    return {
      scope,
      accountId,
      certificateDer,
      keyId: stored.id,
      keyKind: stored.kind,
      keySealed: stored.sealed,
      keyPublic: stored.publicKey,
      createdAt: clock.now(),
    };
  }

  async function withKey<T>(stored: StoredKey, use: (key: KeyHandle) => Promise<T>): Promise<T> {
    const handle = await keys.open(stored);
    try {
      return await use(handle);
    } finally {
      handle.destroy();
    }
  }

  async function insert(tx: Tx, made: AuthorityRecord): Promise<boolean> {
    await clock.note(tx, made.createdAt);
    return authorities.insert(tx, made);
  }

  /** Finds or makes; makers of the same scope in this process wait for each other, others lose at insert. */
  function ensure(
    accountId: string,
    scope: string,
    create: () => Promise<AuthorityRecord>,
  ): Promise<AuthorityRecord> {
    const key = `${accountId}/${scope}`;
    return single(creations, key, async () => {
      const found = await authorities.find(storage.reader, accountId, scope);
      if (found !== undefined) return found;
      const made = await create();
      if (await storage.write((tx) => insert(tx, made))) return made;
      const winner = await authorities.find(storage.reader, accountId, scope);
      if (winner === undefined) throw new Error(`the authority ${key} can be neither inserted nor found`);
      return winner;
    }).finally(() => creations.delete(key));
  }

  const ensureRoot = (accountId: string) =>
    ensure(accountId, 'root', () =>
      make(accountId, 'root', async (key) => {
        const issued = await createRoot({ accountId, key, now: clock.now(), locality });
        return issued.certDer;
      }),
    );

  async function makeIntermediate(version: ProfileVersion): Promise<AuthorityRecord> {
    const { accountId } = version.owner;
    const root = await ensureRoot(accountId);
    return make(accountId, intermediateScope(version), async (own) => {
      const issued = await withKey(storedKey(root), (key) =>
        createIntermediate({
          accountId,
          profileName: version.name,
          profileVersion: version.version,
          root: { certDer: root.certificateDer, key },
          publicKey: own.publicKeySpki(),
          now: clock.now(),
          revocation: { kind: 'none' },
          locality,
        }),
      );
      return issued.certDer;
    });
  }

  async function makeSharedLeaf(version: ProfileVersion): Promise<AuthorityRecord> {
    const { accountId } = version.owner;
    const chain = await chainOf(version);
    const issuer = parseCertificate(chain.intermediate.certDer);
    const template = makeLeafTemplate(issuer, leafSubject(accountId, version.name, locality));
    return make(accountId, leafScope(version), (own) =>
      withKey(chain.intermediate.key, (key) =>
        issueCertificate(
          template.prepare({
            spki: own.publicKeySpki(),
            serial: newSerialNumber(),
            notBefore: chain.notBefore,
            notAfter: chain.notAfter,
          }),
          key,
        ),
      ),
    );
  }

  const chainOf = (version: ProfileVersion) =>
    single(chains, versionScope(version), async () => {
      const { accountId } = version.owner;
      const root = await ensureRoot(accountId);
      const intermediate = await ensure(accountId, intermediateScope(version), () =>
        makeIntermediate(version),
      );
      const { notBefore, notAfter } = parseCertificate(intermediate.certificateDer);
      return {
        rootDer: root.certificateDer,
        intermediate: { key: storedKey(intermediate), certDer: intermediate.certificateDer },
        notBefore,
        notAfter,
      };
    });

  return {
    ensureRoot,
    findRoot: (accountId) => authorities.find(storage.reader, accountId, 'root'),
    async prepareIntermediate(version) {
      const record = await makeIntermediate(version);
      return {
        async store(tx) {
          if (!(await insert(tx, record)))
            throw new Error(`the profile version ${record.scope} has an intermediate already`);
        },
      };
    },
    chainOf,
    forget() {
      chains.clear();
      leaves.clear();
    },
    sharedLeafOf: (version) =>
      single(leaves, versionScope(version), async () => {
        const record = await ensure(version.owner.accountId, leafScope(version), () =>
          makeSharedLeaf(version),
        );
        const { notBefore } = parseCertificate(record.certificateDer);
        return { key: storedKey(record), certDer: record.certificateDer, notBefore };
      }),
  };
}

/** Remembers the result of `load`; a failure is forgotten, so that the next caller tries again. */
function single<T>(memory: Map<string, Promise<T>>, key: string, load: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  if (memory.size >= cachedChains) {
    const oldest = memory.keys().next();
    if (!oldest.done) memory.delete(oldest.value);
  }
  const loading = load();
  memory.set(key, loading);
  loading.catch(() => memory.delete(key));
  return loading;
}

const versionScope = ({ owner, name, version }: ProfileVersion) =>
  `${owner.accountId}/${owner.region}/${name}/${version}`;
const intermediateScope = ({ owner, name, version }: ProfileVersion) =>
  `profile/${owner.region}/${name}/${version}`;
const leafScope = ({ owner, name, version }: ProfileVersion) => `leaf/${owner.region}/${name}/${version}`;

function storedKey(record: AuthorityRecord): StoredKey {
  if (record.keyKind !== 'local')
    throw new Error(`the key ${record.keyId} is of the kind '${record.keyKind}', which is not offered`);
  return { id: record.keyId, kind: 'local', sealed: record.keySealed, publicKey: record.keyPublic };
}
