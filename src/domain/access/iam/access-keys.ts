// Long-term key pairs of users and of accounts' roots. The secret is told once, when the pair is made.
import type { Tx } from '../../storage.ts';
import { newId, newSecret } from '../ids.ts';
import { LIMITS } from '../limits.ts';
import type { AccessKeyRecord, AccessKeyStatus, KeyUse } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity } from './lookup.ts';
import { noSuchAccessKey, quotaExceeded } from './refusals.ts';

/** Whose key: a user by name, or the account's root. */
export type KeyOwner =
  | { readonly kind: 'user'; readonly accountId: string; readonly name: string }
  | { readonly kind: 'root'; readonly accountId: string };

export interface AccessKeysDoor {
  /** Throws NoSuchEntity, LimitExceeded. */
  create(owner: KeyOwner): Promise<{ readonly key: AccessKeyRecord; readonly secretAccessKey: string }>;
  /** By id. Throws NoSuchEntity. */
  list(owner: KeyOwner): Promise<readonly AccessKeyRecord[]>;
  /** A key that is set inactive stops at once, with its login tokens. Throws NoSuchEntity. */
  setStatus(owner: KeyOwner, id: string, status: AccessKeyStatus): Promise<void>;
  /** Throws NoSuchEntity. */
  delete(owner: KeyOwner, id: string): Promise<void>;
  /** `userName` is absent for a root's key. Throws NoSuchEntity, for keys of other accounts too. */
  lastUsed(
    accountId: string,
    id: string,
  ): Promise<{ readonly userName?: string; readonly lastUsed?: KeyUse }>;
}

/** Makes a key pair and stores it, its secret sealed. */
export async function newAccessKey(
  deps: Pick<IamDeps, 'accessKeys' | 'secrets' | 'clock'>,
  tx: Tx,
  owner: Pick<AccessKeyRecord, 'accountId' | 'ownerId'>,
): Promise<{ readonly key: AccessKeyRecord; readonly secretAccessKey: string }> {
  const id = newId('accessKey');
  const secretAccessKey = newSecret();
  const key: AccessKeyRecord = {
    id,
    ...owner,
    status: 'Active',
    sealedSecret: deps.secrets.seal(id, secretAccessKey),
    createdAt: deps.clock.now(),
  };
  await deps.accessKeys.insert(tx, key);
  return { key, secretAccessKey };
}

export function makeAccessKeys(deps: IamDeps): AccessKeysDoor {
  const { accessKeys, storage } = deps;

  async function ownerId(on: typeof storage.reader, owner: KeyOwner): Promise<string> {
    return owner.kind === 'root' ? owner.accountId : (await findIdentity(deps, on, owner)).id;
  }

  async function keyOf(on: typeof storage.reader, owner: KeyOwner, id: string): Promise<AccessKeyRecord> {
    const key = await accessKeys.find(on, id);
    if (key === undefined || key.ownerId !== (await ownerId(on, owner))) throw noSuchAccessKey(id);
    return key;
  }

  return {
    create: (owner) =>
      change(deps, async (tx) => {
        const { accountId } = owner;
        const id = await ownerId(tx, owner);
        if ((await accessKeys.ofOwner(tx, id)).length >= LIMITS.accessKeys)
          throw quotaExceeded('AccessKeysPerUser', LIMITS.accessKeys);
        return newAccessKey(deps, tx, { accountId, ownerId: id });
      }),
    list: async (owner) => accessKeys.ofOwner(storage.reader, await ownerId(storage.reader, owner)),
    setStatus: (owner, id, status) =>
      change(deps, async (tx) => {
        await keyOf(tx, owner, id);
        await accessKeys.setStatus(tx, id, status);
      }),
    delete: (owner, id) =>
      change(deps, async (tx) => {
        await keyOf(tx, owner, id);
        await accessKeys.delete(tx, id);
      }),
    async lastUsed(accountId, id) {
      const key = await accessKeys.find(storage.reader, id);
      if (key?.accountId !== accountId) throw noSuchAccessKey(id);
      const owner = await deps.identities.findById(storage.reader, key.ownerId);
      return {
        ...(owner === undefined ? {} : { userName: owner.name }),
        ...(key.lastUsed === undefined ? {} : { lastUsed: key.lastUsed }),
      };
    },
  };
}
