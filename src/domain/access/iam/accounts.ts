// Accounts: each with a root key pair of its own, and nothing in common but the server.
import { randomInt } from 'node:crypto';
import { DomainError } from '../../errors.ts';
import type { Page } from '../../storage.ts';
import { LIMITS } from '../limits.ts';
import type { Account } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { invalidInput, quotaExceeded } from './refusals.ts';

export interface AccountsDoor {
  /** Makes the account of this number, or of a new one. Throws EntityAlreadyExists, LimitExceeded, Validation. */
  create(id?: string): Promise<Account>;
  /** Makes it when it is not there. */
  ensure(id: string): Promise<void>;
  find(id: string): Promise<Account | undefined>;
  list(query: { readonly after?: string; readonly limit: number }): Promise<Page<Account, string>>;
}

export function makeAccounts(deps: IamDeps): AccountsDoor {
  const { accounts, storage } = deps;
  const insert = (id: string) =>
    change(deps, async (tx) => {
      const account: Account = { id, createdAt: deps.clock.now() };
      if (!(await accounts.insert(tx, account)))
        throw new DomainError('EntityAlreadyExists', `The account ${id} already exists.`, {});
      if ((await accounts.list(tx, { limit: LIMITS.accounts + 1 })).items.length > LIMITS.accounts)
        throw quotaExceeded('AccountsPerServer', LIMITS.accounts);
      return account;
    });
  return {
    async create(id = String(randomInt(100_000_000_000, 1_000_000_000_000 - 1))) {
      if (!/^\d{12}$/.test(id)) throw invalidInput('An account id has 12 digits.');
      return insert(id);
    },
    async ensure(id) {
      if ((await accounts.find(storage.reader, id)) === undefined) await insert(id);
    },
    find: (id) => accounts.find(storage.reader, id),
    list: (query) => accounts.list(storage.reader, query),
  };
}
