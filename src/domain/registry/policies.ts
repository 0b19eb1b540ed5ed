// Policies of repositories and of whole registries: who may use them besides what identity policies say. Texts are
// kept as put; users and roles in them are identities, not names (access/principal-binding.ts).
import { registryArn, repositoryArn } from '../../shared/arn.ts';
import { type Caller, compilePolicy, evaluate, type PolicyDocuments } from '../access/index.ts';
import { DomainError, isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { invalidParameter, registryPolicyNotFound, repositoryPolicyNotFound } from './errors.ts';
import type { Repositories } from './ports.ts';
import type { PoliciesDoor } from './registry.ts';
import { findRepository } from './repositories.ts';

export interface PoliciesDeps {
  readonly storage: Storage;
  readonly repositories: Repositories;
  readonly policyDocuments: PolicyDocuments;
}

const everything = compilePolicy(
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
  'identity',
);

export function makePolicies(deps: PoliciesDeps): PoliciesDoor {
  const { storage, repositories, policyDocuments } = deps;

  return {
    set: (name, text, { force, caller }) =>
      refuseMalformed('PolicyText', 'Invalid repository policy provided', () =>
        storage.write(async (tx) => {
          await findRepository(repositories, tx, name);
          const arn = repositoryArn(name.registry, name.repositoryName);
          const stored = await policyDocuments.put(tx, arn, 'repository', text);
          if (!force && locksOut(stored.document, caller, arn))
            throw invalidParameter(
              'PolicyText',
              'The policy would deny you ecr:SetRepositoryPolicy, so that you could not change it again; use force to set it all the same',
            );
          return policyDocuments.principals.show(tx, stored.document);
        }),
      ),

    async get(name) {
      await findRepository(repositories, storage.reader, name);
      const found = await policyDocuments.find(
        storage.reader,
        repositoryArn(name.registry, name.repositoryName),
      );
      if (found === undefined) throw repositoryPolicyNotFound(name);
      return found.document;
    },

    delete: (name) =>
      storage.write(async (tx) => {
        await findRepository(repositories, tx, name);
        const arn = repositoryArn(name.registry, name.repositoryName);
        const found = await policyDocuments.find(tx, arn);
        if (found === undefined) throw repositoryPolicyNotFound(name);
        await policyDocuments.delete(tx, arn);
        return found.document;
      }),

    putOfRegistry: (registry, text) =>
      refuseMalformed('policyText', 'Invalid registry policy provided', () =>
        storage.write(async (tx) => {
          const stored = await policyDocuments.put(tx, registryArn(registry), 'registry', text);
          return policyDocuments.principals.show(tx, stored.document);
        }),
      ),

    async getOfRegistry(registry) {
      const found = await policyDocuments.find(storage.reader, registryArn(registry));
      if (found === undefined) throw registryPolicyNotFound(registry);
      return found.document;
    },

    deleteOfRegistry: (registry) =>
      storage.write(async (tx) => {
        const found = await policyDocuments.find(tx, registryArn(registry));
        if (found === undefined) throw registryPolicyNotFound(registry);
        await policyDocuments.delete(tx, registryArn(registry));
        return found.document;
      }),
  };
}

/** ECR names the parameter and calls the policy invalid; what is wrong with it comes after that. */
async function refuseMalformed<T>(parameter: string, constraint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDomainError(error, 'MalformedPolicy')) throw error;
    const { message } = invalidParameter(parameter, `${constraint}: ${error.message}`);
    throw new DomainError('InvalidParameter', message, { parameter }, { cause: error });
  }
}

/** Whether the caller, if everything else allowed it, could not set the policy again. */
function locksOut(text: string, { principal }: Caller, resource: string): boolean {
  const policy = compilePolicy(text, 'repository');
  const decision = evaluate({
    principal,
    action: 'ecr:SetRepositoryPolicy',
    resource,
    resourceAccount: principal.accountId,
    context: () => undefined,
    identityPolicies: [{ name: 'everything', policy: everything }],
    resourcePolicies: [{ name: 'the new policy', policy }],
  });
  return !decision.allowed;
}
