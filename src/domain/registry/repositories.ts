// Repositories and their resource tags. A repository is made on request only; its tags and its policy are kept
// under its ARN and go with it.
import { type RegistryKey, repositoryArn } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import { isRepositoryName } from '../../shared/names.ts';
import type { PolicyDocuments } from '../access/index.ts';
import { DomainError } from '../errors.ts';
import type { Page, Reader, Storage } from '../storage.ts';
import { type EmptiedDeps, isEmptied } from './emptied-repository.ts';
import {
  invalidParameter,
  repositoryAlreadyExists,
  repositoryNotEmpty,
  repositoryNotFound,
} from './errors.ts';
import type { Repositories, ResourceTags } from './ports.ts';
import type { RepositoriesDoor, RepositoryName } from './registry.ts';
import { checkResourceTags, mergeResourceTags } from './resource-tags.ts';
import { checkExclusions } from './tag-mutability.ts';
import type { EncryptionConfiguration, Repository } from './types.ts';

/** The repository that a client names. Throws RepositoryNotFound. */
export async function findRepository(
  repositories: Repositories,
  on: Reader,
  name: RepositoryName,
): Promise<Repository> {
  const found = isRepositoryName(name.repositoryName)
    ? await repositories.find(on, name.registry, name.repositoryName)
    : undefined;
  if (found === undefined) throw repositoryNotFound(name);
  return found;
}

export interface RepositoriesDeps extends EmptiedDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
  /** Called when a repository was deleted, whose content is still there. */
  readonly onRemains: () => void;
}

export function makeRepositories(deps: RepositoriesDeps): RepositoriesDoor {
  const { storage, repositories, resourceTags } = deps;
  const find = (on: Reader, name: RepositoryName) => findRepository(repositories, on, name);

  return {
    async create(input) {
      const { registry, repositoryName, tags = {}, tagMutability = 'MUTABLE' } = input;
      if (!isRepositoryName(repositoryName)) {
        throw invalidParameter('repositoryName', 'Member must be a repository name of 2 to 256 characters');
      }
      const exclusions = checkExclusions(tagMutability, input.tagMutabilityExclusions);
      const encryption = checkEncryption(input.encryption ?? { encryptionType: 'AES256' });
      checkResourceTags(tags);
      return storage.write(async (tx) => {
        const made = await repositories.insert(tx, {
          registry,
          name: repositoryName,
          createdAt: deps.clock.now(),
          tagMutability,
          tagMutabilityExclusions: exclusions,
          scanOnPush: input.scanOnPush ?? false,
          encryption,
        });
        if (made === undefined) throw repositoryAlreadyExists(input);
        if (Object.keys(tags).length > 0) await resourceTags.put(tx, arnOf(input), tags);
        return made;
      });
    },

    find: (name) => find(storage.reader, name),

    async describe(registry, { names, after, limit }) {
      if (names !== undefined) return describeNamed(deps, registry, names);
      return repositories.list(storage.reader, registry, {
        ...(after === undefined ? {} : { after }),
        limit,
      });
    },

    delete: (name, { force }) =>
      storage.write(async (tx) => {
        const repository = await find(tx, name);
        if (!force && !(await isEmptied(deps, tx, repository.id))) throw repositoryNotEmpty(name);
        await repositories.delete(tx, repository, deps.clock.now());
        await resourceTags.delete(tx, arnOf(name), 'all');
        await deps.policyDocuments.delete(tx, arnOf(name));
        tx.onCommit(deps.onRemains);
        return repository;
      }),

    async putTagMutability(name, tagMutability, given) {
      const tagMutabilityExclusions = checkExclusions(tagMutability, given);
      return storage.write(async (tx) => {
        const changed = { ...(await find(tx, name)), tagMutability, tagMutabilityExclusions };
        await repositories.update(tx, changed);
        return changed;
      });
    },

    async listResourceTags(name) {
      await find(storage.reader, name);
      return resourceTags.list(storage.reader, arnOf(name));
    },

    async tagResource(name, tags) {
      checkResourceTags(tags);
      await storage.write(async (tx) => {
        await find(tx, name);
        mergeResourceTags(await resourceTags.list(tx, arnOf(name)), tags);
        await resourceTags.put(tx, arnOf(name), tags);
      });
    },

    async untagResource(name, keys) {
      await storage.write(async (tx) => {
        await find(tx, name);
        if (keys.length > 0) await resourceTags.delete(tx, arnOf(name), keys);
      });
    },
  };
}

function arnOf({ registry, repositoryName }: RepositoryName): string {
  return repositoryArn(registry, repositoryName);
}

async function describeNamed(
  { storage, repositories }: RepositoriesDeps,
  registry: RegistryKey,
  names: readonly string[],
): Promise<Page<Repository, string>> {
  const items: Repository[] = [];
  for (const repositoryName of new Set(names))
    items.push(await findRepository(repositories, storage.reader, { registry, repositoryName }));
  return { items };
}

/** Blobs lie as they come, on a disk that its owner may encrypt: AES256 is the default that ECR reports. */
function checkEncryption(encryption: EncryptionConfiguration): EncryptionConfiguration {
  if (encryption.encryptionType !== 'AES256') {
    throw new DomainError(
      'Validation',
      `Encryption type ${encryption.encryptionType} is not available: there is no key management service here. Use AES256`,
      {},
    );
  }
  if (encryption.kmsKey !== undefined) {
    throw invalidParameter(
      'encryptionConfiguration.kmsKey',
      'Member must not be given with encryption type AES256',
    );
  }
  return encryption;
}
