// What policies ask of the registry's resources: the policies of a repository and of its registry, a repository's tags.
import { registryArn, repositoryArn } from '../../shared/arn.ts';
import type { NamedPolicy, NamedResource, PolicyDocuments, ResourceArea } from '../access/index.ts';
import type { Storage } from '../storage.ts';
import type { ResourceTags } from './ports.ts';

const REPOSITORY = 'repository/';

export function makeRegistryArea(deps: {
  readonly storage: Storage;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
}): ResourceArea {
  const { policyDocuments } = deps;
  return {
    async facts(named) {
      const arn = repositoryArnOf(named);
      const repository = arn === undefined ? undefined : await policyDocuments.compiled(arn, 'repository');
      const registry = await policyDocuments.compiled(registryArn(named.registry), 'registry');
      const policies: NamedPolicy[] = [];
      if (repository?.policy !== undefined) policies.push(repository.policy);
      if (registry.policy !== undefined) policies.push(registry.policy);
      return { policies };
    },
    async tags(named) {
      const arn = repositoryArnOf(named);
      return arn === undefined ? {} : deps.resourceTags.list(deps.storage.reader, arn);
    },
  };
}

/** undefined for what is no repository, and for all of them (`repository/*`). */
function repositoryArnOf({ registry, resource }: NamedResource): string | undefined {
  const name = resource.slice(REPOSITORY.length);
  if (!resource.startsWith(REPOSITORY) || name === '' || name.includes('*')) return undefined;
  return repositoryArn(registry, name);
}
