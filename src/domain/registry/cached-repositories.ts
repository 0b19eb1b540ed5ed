// Repositories with the committed rows kept in memory: every request names one. Transactions read the store itself,
// since they must see what earlier writers of their batch did.
import type { RegistryKey } from '../../shared/arn.ts';
import { makeCommittedCache } from '../committed-cache.ts';
import type { Reader } from '../storage.ts';
import type { Repositories } from './ports.ts';
import type { Repository } from './types.ts';

const MAX_REPOSITORIES = 10_000;

/** `reader`: the one reader of committed state, whose lookups are served from memory. */
export function cacheRepositories(repositories: Repositories, reader: Reader): Repositories {
  const rows = makeCommittedCache<Repository | undefined>(MAX_REPOSITORIES);
  const key = ({ accountId, region }: RegistryKey, name: string) => `${accountId}/${region}/${name}`;
  return {
    ...repositories,
    find: (on, registry, name) =>
      rows.find(on, reader, key(registry, name), (from) => repositories.find(from, registry, name)),
    update(tx, repository) {
      rows.changed(tx, key(repository.registry, repository.name));
      return repositories.update(tx, repository);
    },
    delete(tx, repository, at) {
      rows.changed(tx, key(repository.registry, repository.name));
      return repositories.delete(tx, repository, at);
    },
  };
}
