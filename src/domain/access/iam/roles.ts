// Roles: rights without a key of their own, for whoever the trust policy lets assume them.
import type { Page, Reader } from '../../storage.ts';
import { newId } from '../ids.ts';
import { LIMITS, policySize } from '../limits.ts';
import { compilePolicy } from '../policy/index.ts';
import type { NameQuery } from '../ports.ts';
import { makePrincipalBinding } from '../principal-binding.ts';
import type { Role } from '../types.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, findPolicy } from './lookup.ts';
import { identityExists, quotaExceeded } from './refusals.ts';
import { type Tag, withTags } from './tags.ts';
import { refusePolicies } from './users.ts';

/** IAM's default length of a role's sessions, at most. */
const DEFAULT_SESSION_SECONDS = 3600;

/** What is given has its trust policy as a client reads it. */
export interface RolesDoor {
  /** Throws EntityAlreadyExists, LimitExceeded, MalformedPolicy, NoSuchEntity (boundary), Validation. */
  create(role: {
    readonly accountId: string;
    readonly name: string;
    readonly path?: string | undefined;
    readonly trustPolicy: string;
    readonly description?: string | undefined;
    readonly maxSessionSeconds?: number | undefined;
    readonly boundaryArn?: string | undefined;
    readonly tags?: readonly Tag[] | undefined;
  }): Promise<Role>;
  /** Throws NoSuchEntity. */
  get(accountId: string, name: string): Promise<Role>;
  list(accountId: string, query: NameQuery): Promise<Page<Role, string>>;
  /** Throws NoSuchEntity. */
  update(
    accountId: string,
    name: string,
    to: { readonly description?: string | undefined; readonly maxSessionSeconds?: number | undefined },
  ): Promise<void>;
  /** Sessions that run go on. Throws NoSuchEntity, MalformedPolicy, LimitExceeded. */
  updateTrustPolicy(accountId: string, name: string, document: string): Promise<void>;
  /** Sessions that run end. Throws NoSuchEntity, DeleteConflict when policies hang on it. */
  delete(accountId: string, name: string): Promise<void>;
}

export function makeRoles(deps: IamDeps): RolesDoor {
  const { storage, identities } = deps;

  const principals = makePrincipalBinding(deps);

  /** The document as it is stored: with unique ids of those whom it names. */
  function boundTrust(on: Reader, document: string): Promise<string> {
    if (policySize(document) > LIMITS.trustPolicy) throw quotaExceeded('ACLSizePerRole', LIMITS.trustPolicy);
    compilePolicy(document, 'trust');
    return principals.bind(on, document);
  }

  const shown = async (on: Reader, role: Role, known?: Map<string, string>): Promise<Role> => ({
    ...role,
    trustPolicy: await principals.show(on, role.trustPolicy, known),
  });

  return {
    create(given) {
      const { accountId, name, path = '/', description, boundaryArn, tags = [] } = given;
      return change(deps, async (tx) => {
        const trustPolicy = await boundTrust(tx, given.trustPolicy);
        const boundary =
          boundaryArn === undefined ? undefined : await findPolicy(deps, tx, accountId, boundaryArn);
        const role: Role = {
          kind: 'role',
          id: newId('role'),
          accountId,
          name,
          path,
          trustPolicy,
          ...(description === undefined ? {} : { description }),
          maxSessionSeconds: given.maxSessionSeconds ?? DEFAULT_SESSION_SECONDS,
          ...(boundary === undefined ? {} : { boundaryPolicyId: boundary.id }),
          tags: withTags({}, tags),
          createdAt: deps.clock.now(),
        };
        if (!(await identities.insert(tx, role))) throw identityExists('role', name);
        if ((await identities.count(tx, accountId, 'role')) > LIMITS.roles)
          throw quotaExceeded('RolesPerAccount', LIMITS.roles);
        return shown(tx, role);
      });
    },
    get: async (accountId, name) =>
      shown(storage.reader, await findIdentity(deps, storage.reader, { accountId, kind: 'role', name })),
    async list(accountId, query) {
      const page = await identities.list(storage.reader, accountId, 'role', query);
      const known = new Map<string, string>();
      const items: Role[] = [];
      for (const role of page.items) items.push(await shown(storage.reader, role, known));
      return { ...page, items };
    },
    update: (accountId, name, { description, maxSessionSeconds }) =>
      change(deps, async (tx) => {
        const role = await findIdentity(deps, tx, { accountId, kind: 'role', name });
        await identities.update(tx, {
          ...role,
          ...(description === undefined ? {} : { description }),
          ...(maxSessionSeconds === undefined ? {} : { maxSessionSeconds }),
        });
      }),
    updateTrustPolicy: (accountId, name, document) =>
      change(deps, async (tx) => {
        const role = await findIdentity(deps, tx, { accountId, kind: 'role', name });
        await identities.update(tx, { ...role, trustPolicy: await boundTrust(tx, document) });
      }),
    delete: (accountId, name) =>
      change(deps, async (tx) => {
        const { id } = await findIdentity(deps, tx, { accountId, kind: 'role', name });
        await refusePolicies(deps, tx, id);
        await identities.delete(tx, id);
      }),
  };
}
