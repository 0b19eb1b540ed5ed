// What policies ask of the registry's resources: the tags of a repository.
import { repositoryArn } from '../../shared/arn.ts';
import type { ResourceArea } from '../access/index.ts';
import type { Storage } from '../storage.ts';
import type { ResourceTags } from './ports.ts';

const REPOSITORY = /^repository\/(.+)$/s;

export function makeRegistryArea(deps: {
  readonly storage: Storage;
  readonly resourceTags: ResourceTags;
}): ResourceArea {
  return {
    facts: async () => ({ policies: [] }),
    async tags({ registry, resource }) {
      const [, name] = REPOSITORY.exec(resource) ?? [];
      return name === undefined
        ? {}
        : deps.resourceTags.list(deps.storage.reader, repositoryArn(registry, name));
    },
  };
}
