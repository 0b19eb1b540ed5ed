// Policies of resources, kept under the resource's ARN by the area that owns it: the text exactly as it was put, and
// compiled in memory for every request that asks. What was committed decides; a change counts from its commit on.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { makeCommittedCache } from '../committed-cache.ts';
import type { Reader, Storage, Tx } from '../storage.ts';
import { compilePolicy, type NamedPolicy, type PolicyKind } from './policy/index.ts';
import type { ResourcePolicies } from './ports.ts';
import type { ResourcePolicy } from './types.ts';

export interface CompiledDocument {
  /** undefined when the resource has none. */
  readonly policy: NamedPolicy | undefined;
}

export interface PolicyDocuments {
  find(on: Reader, resourceArn: string): Promise<ResourcePolicy | undefined>;
  /** The committed policy, compiled. */
  compiled(resourceArn: string, kind: PolicyKind): Promise<CompiledDocument>;
  /** Checks and stores a document. Throws MalformedPolicy. */
  put(tx: Tx, resourceArn: string, kind: PolicyKind, document: string): Promise<ResourcePolicy>;
  /** false when there was none. */
  delete(tx: Tx, resourceArn: string): Promise<boolean>;
}

/** Resources whose compiled policy, or the fact that they have none, stays in memory. */
const MAX_RESOURCES = 10_000;

export function makePolicyDocuments(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly resourcePolicies: ResourcePolicies;
}): PolicyDocuments {
  const { storage, resourcePolicies } = deps;
  const known = makeCommittedCache<CompiledDocument>(MAX_RESOURCES);

  return {
    find: (on, resourceArn) => resourcePolicies.find(on, resourceArn),
    compiled: (resourceArn, kind) =>
      known.read(storage.reader, resourceArn, async (on) => {
        const found = await resourcePolicies.find(on, resourceArn);
        return {
          policy: found && {
            name: `policy of ${resourceArn}`,
            policy: compilePolicy(found.document, kind),
          },
        };
      }),
    async put(tx, resourceArn, kind, document) {
      compilePolicy(document, kind);
      const policy = { document, revision: randomUUID(), updatedAt: deps.clock.now() };
      await resourcePolicies.put(tx, resourceArn, policy);
      known.changed(tx, resourceArn);
      return policy;
    },
    async delete(tx, resourceArn) {
      known.changed(tx, resourceArn);
      return resourcePolicies.delete(tx, resourceArn);
    },
  };
}
