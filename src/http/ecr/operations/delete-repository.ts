// DeleteRepository: an empty one, or with `force` whatever it holds.
import { operation } from '../operation.ts';
import { repositoryShape } from '../shapes.ts';

export const deleteRepository = operation('DeleteRepository', async (input, { account, services }) => {
  const repository = await services.registry.repositories.delete(
    { registry: account, repositoryName: input.repositoryName },
    { force: input.force ?? false },
  );
  return { repository: repositoryShape(repository, services.endpoints) };
});
