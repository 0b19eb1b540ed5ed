// Managed policies: up to five versions of a document, one of which is in force wherever the policy is attached.

import { DomainError } from '../../errors.ts';
import type { Page } from '../../storage.ts';
import { newId } from '../ids.ts';
import { LIMITS, policySize } from '../limits.ts';
import { compilePolicy } from '../policy/index.ts';
import type { NameQuery } from '../ports.ts';
import type { ManagedPolicy, PolicyVersion } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { AWS_ACCOUNT, findPolicy, pageAfter } from './lookup.ts';
import { deleteConflict, invalidInput, noSuchVersion, policyExists, quotaExceeded } from './refusals.ts';
import { type Tag, withTags } from './tags.ts';

/** A policy and where it is used in the asking account. */
export interface UsedPolicy {
  readonly policy: ManagedPolicy;
  readonly attached: number;
  readonly boundaries: number;
}

export interface PolicyListQuery extends NameQuery {
  /** Of the account, of all accounts, or both: the account's first. */
  readonly scope: 'Local' | 'AWS' | 'All';
  readonly onlyUsed?: 'attached' | 'boundaries' | undefined;
}

export interface ManagedPoliciesDoor {
  /** Throws EntityAlreadyExists, LimitExceeded, MalformedPolicy, Validation. */
  create(policy: {
    readonly accountId: string;
    readonly name: string;
    readonly path?: string | undefined;
    readonly document: string;
    readonly description?: string | undefined;
    readonly tags?: readonly Tag[] | undefined;
  }): Promise<ManagedPolicy>;
  /** Throws NoSuchEntity, Validation. So do all that follow. */
  get(accountId: string, arn: string): Promise<UsedPolicy>;
  /** The key of the next page is made of the owner and the name. */
  list(accountId: string, query: PolicyListQuery): Promise<Page<UsedPolicy, string>>;
  /** Throws DeleteConflict when it is attached or has other versions. */
  delete(accountId: string, arn: string): Promise<void>;
  /** Throws MalformedPolicy, LimitExceeded. */
  createVersion(
    accountId: string,
    arn: string,
    document: string,
    setAsDefault: boolean,
  ): Promise<{ readonly version: PolicyVersion; readonly isDefault: boolean }>;
  /** `version`: `v1` */
  getVersion(
    accountId: string,
    arn: string,
    version: string,
  ): Promise<{ readonly version: PolicyVersion; readonly isDefault: boolean }>;
  /** The newest first. */
  listVersions(
    accountId: string,
    arn: string,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<{ readonly version: PolicyVersion; readonly isDefault: boolean }, string>>;
  /** Throws DeleteConflict for the default version. */
  deleteVersion(accountId: string, arn: string, version: string): Promise<void>;
  setDefaultVersion(accountId: string, arn: string, version: string): Promise<void>;
}

/** Policies whose uses one call of a list counts, at most: a page may hold fewer than asked, and still not be the last. */
const WINDOW = 500;

export function makeManagedPolicies(deps: IamDeps): ManagedPoliciesDoor {
  const { storage, managedPolicies, policyVersions, attachments, clock } = deps;
  const { reader } = storage;

  function check(document: string): void {
    if (policySize(document) > LIMITS.policyDocument)
      throw quotaExceeded('PolicySize', LIMITS.policyDocument);
    compilePolicy(document, 'identity');
  }

  /** A policy of the account itself: the others are not its to change. */
  async function own(on: typeof reader, accountId: string, arn: string): Promise<ManagedPolicy> {
    const policy = await findPolicy(deps, on, accountId, arn);
    if (policy.accountId === AWS_ACCOUNT)
      throw new DomainError('AccessDenied', `Policy ${arn} is not yours to change.`, {});
    return policy;
  }

  async function versionOf(on: typeof reader, policy: ManagedPolicy, arn: string, version: string) {
    const found = await policyVersions.find(on, policy.id, versionNumber(version));
    if (found === undefined) throw noSuchVersion(arn, version);
    return found;
  }

  const used = async (accountId: string, policy: ManagedPolicy): Promise<UsedPolicy> => ({
    policy,
    ...(await attachments.usage(reader, accountId, policy.id)),
  });

  return {
    create: ({ accountId, name, path = '/', document, description, tags = [] }) =>
      change(deps, async (tx) => {
        check(document);
        const now = clock.now();
        const policy: ManagedPolicy = {
          id: newId('policy'),
          accountId,
          name,
          path,
          ...(description === undefined ? {} : { description }),
          defaultVersion: 1,
          nextVersion: 2,
          tags: withTags({}, tags),
          createdAt: now,
          updatedAt: now,
        };
        if (!(await managedPolicies.insert(tx, policy))) throw policyExists(name);
        if ((await managedPolicies.count(tx, accountId)) > LIMITS.policies)
          throw quotaExceeded('PoliciesPerAccount', LIMITS.policies);
        await policyVersions.insert(tx, policy.id, { number: 1, document, createdAt: now });
        return policy;
      }),
    get: async (accountId, arn) => used(accountId, await findPolicy(deps, reader, accountId, arn)),
    async list(accountId, { scope, onlyUsed, pathPrefix, after, limit }) {
      const owners =
        scope === 'Local' ? [accountId] : scope === 'AWS' ? [AWS_ACCOUNT] : [accountId, AWS_ACCOUNT];
      const [from = owners[0] ?? accountId, name = ''] = after?.split('/') ?? [];
      if (!owners.includes(from)) throw invalidInput('Invalid Marker.');
      const items: UsedPolicy[] = [];
      let looked = 0;
      let last: string | undefined;
      for (const owner of owners.slice(owners.indexOf(from))) {
        let next: string | undefined = owner === from ? name : '';
        while (next !== undefined) {
          const page = await managedPolicies.list(reader, owner, { pathPrefix, after: next, limit });
          for (const policy of page.items) {
            // One that is not looked at any more is where the next page begins.
            if (last !== undefined && (items.length === limit || looked === WINDOW))
              return { items, next: last };
            const entry = await used(accountId, policy);
            if (onlyUsed === undefined || entry[onlyUsed] > 0) items.push(entry);
            looked += 1;
            last = `${policy.accountId}/${policy.name}`;
          }
          next = page.next;
          // Its path may have kept many policies out of the page: they were looked at, too.
          if (next !== undefined && page.items.length < limit) return { items, next: `${owner}/${next}` };
        }
      }
      return { items };
    },
    delete: (accountId, arn) =>
      change(deps, async (tx) => {
        const { id } = await own(tx, accountId, arn);
        const { attached, boundaries } = await attachments.usage(tx, accountId, id);
        if (attached + boundaries > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
        if ((await policyVersions.list(tx, id)).length > 1)
          throw deleteConflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
          );
        await managedPolicies.delete(tx, id);
      }),
    createVersion: (accountId, arn, document, setAsDefault) =>
      change(deps, async (tx) => {
        const policy = await own(tx, accountId, arn);
        check(document);
        if ((await policyVersions.list(tx, policy.id)).length >= LIMITS.policyVersions)
          throw new DomainError(
            'LimitExceeded',
            `A managed policy can have up to ${LIMITS.policyVersions} versions. Before you create a new version, you must delete an existing version.`,
            {},
          );
        const now = clock.now();
        const version: PolicyVersion = { number: policy.nextVersion, document, createdAt: now };
        await policyVersions.insert(tx, policy.id, version);
        await managedPolicies.update(tx, {
          ...policy,
          nextVersion: version.number + 1,
          ...(setAsDefault ? { defaultVersion: version.number } : {}),
          updatedAt: now,
        });
        return { version, isDefault: setAsDefault };
      }),
    async getVersion(accountId, arn, version) {
      const policy = await findPolicy(deps, reader, accountId, arn);
      const found = await versionOf(reader, policy, arn, version);
      return { version: found, isDefault: found.number === policy.defaultVersion };
    },
    async listVersions(accountId, arn, query) {
      const policy = await findPolicy(deps, reader, accountId, arn);
      const versions = (await policyVersions.list(reader, policy.id)).map((version) => ({
        version,
        isDefault: version.number === policy.defaultVersion,
      }));
      // The newest first: a key that grows along the list.
      return pageAfter(versions, ({ version }) => String(1e9 - version.number), query);
    },
    deleteVersion: (accountId, arn, version) =>
      change(deps, async (tx) => {
        const policy = await own(tx, accountId, arn);
        const { number } = await versionOf(tx, policy, arn, version);
        if (number === policy.defaultVersion)
          throw deleteConflict('Cannot delete the default version of a policy.');
        await policyVersions.delete(tx, policy.id, number);
      }),
    setDefaultVersion: (accountId, arn, version) =>
      change(deps, async (tx) => {
        const policy = await own(tx, accountId, arn);
        const { number } = await versionOf(tx, policy, arn, version);
        await managedPolicies.update(tx, { ...policy, defaultVersion: number, updatedAt: clock.now() });
      }),
  };
}

/** `v12` or `v12.anything`, as the model's pattern has it, to 12; 0 for what no version has. */
function versionNumber(version: string): number {
  const [, digits = '0'] = /^v(\d{1,9})$/.exec(version) ?? [];
  return Number(digits);
}
