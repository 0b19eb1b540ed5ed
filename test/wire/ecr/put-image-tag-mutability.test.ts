import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ImageTagMutability, PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { image } from '../../helpers/images.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const put = (repositoryName: string, imageTagMutability: ImageTagMutability, ...filters: string[]) =>
  world.send(
    new PutImageTagMutabilityCommand({
      repositoryName,
      imageTagMutability,
      ...(filters.length === 0
        ? {}
        : {
            imageTagMutabilityExclusionFilters: filters.map((filter) => ({
              filterType: 'WILDCARD' as const,
              filter,
            })),
          }),
    }),
  );

test('holds tags from then on, but for those that are excluded', async () => {
  const repositoryName = await world.repository();
  await world.push(repositoryName, image(), 'v1', 'dev-1');
  const { $metadata: _, ...answer } = await put(repositoryName, 'IMMUTABLE_WITH_EXCLUSION', 'dev-*');
  assert.deepEqual(answer, {
    registryId: world.registryId,
    repositoryName,
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
  });
  await world.push(repositoryName, image(), 'dev-1');
  await refused(world.push(repositoryName, image(), 'v1'), 'ImageTagAlreadyExistsException');
  const mutable = await put(repositoryName, 'MUTABLE');
  assert.equal(mutable.imageTagMutabilityExclusionFilters, undefined);
  await world.push(repositoryName, image(), 'v1');
});

test('refuses unknown rules, filters without a rule for them, and unknown repositories', async () => {
  const repositoryName = await world.repository();
  await refused(put(repositoryName, 'IMMUTABLE', 'dev-*'), 'InvalidParameterException');
  await refused(put(repositoryName, 'IMMUTABLE_WITH_EXCLUSION'), 'InvalidParameterException');
  await refused(
    put(repositoryName, 'IMMUTABLE_WITH_EXCLUSION', 'a*b*c*'),
    'InvalidParameterException',
    /wildcards/,
  );
  await refused(
    put(repositoryName, 'FIXED' as ImageTagMutability),
    'InvalidParameterException',
    /enum value set/,
  );
  await refused(put('no/such', 'MUTABLE'), 'RepositoryNotFoundException');
});
