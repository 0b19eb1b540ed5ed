// Accounts: each with a root key pair of its own, and nothing in common but the server.
import { randomInt } from 'node:crypto';
import { DomainError } from '../../errors.ts';
import type { Page, Tx } from '../../storage.ts';
import { LIMITS } from '../limits.ts';
import type { AccessKeyRecord, Account } from '../types.ts';
import { newAccessKey } from './access-keys.ts';
import { change, type IamDeps } from './deps.ts';
import { invalidInput, quotaExceeded } from './refusals.ts';

export interface NewAccount {
  readonly account: Account;
  readonly key: AccessKeyRecord;
  readonly secretAccessKey: string;
}

export interface AccountsDoor {
  /**
   * Makes the account of this number, or of a new one, with a key pair of its root. Throws EntityAlreadyExists,
   * LimitExceeded, Validation.
   */
  create(id?: string): Promise<NewAccount>;
  /** Makes it when it is not there. */
  ensure(id: string): Promise<void>;
  find(id: string): Promise<Account | undefined>;
  list(query: { readonly after?: string; readonly limit: number }): Promise<Page<Account, string>>;
}

export function makeAccounts(deps: IamDeps): AccountsDoor {
  const { accounts, storage } = deps;
  async function insert(tx: Tx, id: string): Promise<Account> {
    const account: Account = { id, createdAt: deps.clock.now() };
    if (!(await accounts.insert(tx, account)))
      throw new DomainError('EntityAlreadyExists', `The account ${id} already exists.`, {});
    if ((await accounts.list(tx, { limit: LIMITS.accounts + 1 })).items.length > LIMITS.accounts)
      throw quotaExceeded('AccountsPerServer', LIMITS.accounts);
    return account;
  }
  return {
    async create(id = String(randomInt(100_000_000_000, 1_000_000_000_000 - 1))) {
      if (!/^\d{12}$/.test(id)) throw invalidInput('An account id has 12 digits.');
      return change(deps, async (tx) => {
        const account = await insert(tx, id);
        return { account, ...(await newAccessKey(deps, tx, { accountId: id, ownerId: id })) };
      });
    },
    async ensure(id) {
      if ((await accounts.find(storage.reader, id)) === undefined) await change(deps, (tx) => insert(tx, id));
    },
    find: (id) => accounts.find(storage.reader, id),
    list: (query) => accounts.list(storage.reader, query),
  };
}
