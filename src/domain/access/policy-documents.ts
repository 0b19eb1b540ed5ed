// Policies of resources, kept under the resource's ARN by the area that owns it: the text exactly as it was put, but
// with unique ids for the users and roles that it names, and compiled in memory for every request that asks. What was
// committed decides; a change counts from its commit on.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { makeCommittedCache } from '../committed-cache.ts';
import type { Reader, Storage, Tx } from '../storage.ts';
import { compilePolicy, type NamedPolicy, type PolicyKind } from './policy/index.ts';
import type { Identities, ResourcePolicies } from './ports.ts';
import { makePrincipalBinding, type PrincipalBinding } from './principal-binding.ts';
import type { ResourcePolicy } from './types.ts';

export interface CompiledDocument {
  /** undefined when the resource has none. */
  readonly policy: NamedPolicy | undefined;
}

export interface PolicyDocuments {
  /** As a client reads it: ARNs of the users and roles that exist, ids of those that do not any more. */
  find(on: Reader, resourceArn: string): Promise<ResourcePolicy | undefined>;
  /** As it is stored, with unique ids. */
  findStored(on: Reader, resourceArn: string): Promise<ResourcePolicy | undefined>;
  /** The committed policy, compiled. */
  compiled(resourceArn: string, kind: PolicyKind): Promise<CompiledDocument>;
  /**
   * Checks and stores a document with the users and roles that it names; gives it as it is stored. Throws
   * MalformedPolicy, for a user or role that does not exist too.
   */
  put(tx: Tx, resourceArn: string, kind: PolicyKind, document: string): Promise<ResourcePolicy>;
  /** The same for a document that was stored before, or is made of stored parts: ids of what is gone may be in it. */
  putStored(tx: Tx, resourceArn: string, kind: PolicyKind, document: string): Promise<ResourcePolicy>;
  /** false when there was none. */
  delete(tx: Tx, resourceArn: string): Promise<boolean>;
  readonly principals: PrincipalBinding;
}

/** Resources whose compiled policy stays in memory; and as many that are known to have none. */
const MAX_RESOURCES = 10_000;

export function makePolicyDocuments(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly resourcePolicies: ResourcePolicies;
  readonly identities: Pick<Identities, 'find' | 'findById'>;
}): PolicyDocuments {
  const { storage, resourcePolicies } = deps;
  // Apart: names that a client makes up, of which all have no policy, push none of the policies out.
  const without = makeCommittedCache<CompiledDocument>(MAX_RESOURCES, ({ policy }) => policy === undefined);
  const known = makeCommittedCache<CompiledDocument>(MAX_RESOURCES, ({ policy }) => policy !== undefined);
  function changed(tx: Tx, resourceArn: string): void {
    without.changed(tx, resourceArn);
    known.changed(tx, resourceArn);
  }
  const principals = makePrincipalBinding(deps);

  async function putStored(
    tx: Tx,
    resourceArn: string,
    kind: PolicyKind,
    document: string,
  ): Promise<ResourcePolicy> {
    compilePolicy(document, kind);
    const policy = { document, revision: randomUUID(), updatedAt: deps.clock.now() };
    await resourcePolicies.put(tx, resourceArn, policy);
    changed(tx, resourceArn);
    return policy;
  }

  return {
    principals,
    async find(on, resourceArn) {
      const found = await resourcePolicies.find(on, resourceArn);
      return found && { ...found, document: await principals.show(on, found.document) };
    },
    findStored: (on, resourceArn) => resourcePolicies.find(on, resourceArn),
    compiled: (resourceArn, kind) =>
      without.read(storage.reader, resourceArn, (reader) =>
        known.read(reader, resourceArn, async (on) => {
          const found = await resourcePolicies.find(on, resourceArn);
          return {
            policy: found && {
              name: `policy of ${resourceArn}`,
              policy: compilePolicy(found.document, kind),
            },
          };
        }),
      ),
    async put(tx, resourceArn, kind, document) {
      // What is wrong with it as a document is said first.
      compilePolicy(document, kind);
      return putStored(tx, resourceArn, kind, await principals.bind(tx, document));
    },
    putStored,
    async delete(tx, resourceArn) {
      changed(tx, resourceArn);
      return resourcePolicies.delete(tx, resourceArn);
    },
  };
}
