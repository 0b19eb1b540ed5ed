import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DescribeRepositoriesCommand, type DescribeRepositoriesRequest } from '@aws-sdk/client-ecr';
import { allPages, type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const describe = (input: DescribeRepositoriesRequest = {}) =>
  world.send(new DescribeRepositoriesCommand(input));

test('lists by name, in pages that come to an end', async () => {
  const made: string[] = [];
  for (let i = 0; i < 7; i += 1) made.push(await world.repository());
  const pages = await allPages((nextToken) => describe({ nextToken, maxResults: 3 }));
  assert.deepEqual(
    pages.map(({ repositories }) => repositories?.length),
    [3, 3, 1],
  );
  assert.deepEqual(
    pages.flatMap(({ repositories = [] }) => repositories.map((r) => r.repositoryName)),
    made.toSorted(),
  );
});

test('gives the ones that are named', async () => {
  const name = await world.repository();
  const { repositories = [] } = await describe({ repositoryNames: [name] });
  assert.deepEqual(
    repositories.map((r) => r.repositoryName),
    [name],
  );
});

test('refuses a name that does not exist', async () => {
  await refused(
    describe({ repositoryNames: ['no/such'] }),
    'RepositoryNotFoundException',
    /^The repository with name 'no\/such' does not exist in the registry with id '\d{12}'$/,
  );
});

test('refuses tokens that it did not give, and pages of what is named', async () => {
  await refused(describe({ nextToken: 'x' }), 'InvalidParameterException', /'nextToken'/);
  const { nextToken } = await describe({ maxResults: 1 });
  assert.ok(nextToken);
  const changed = `${nextToken.slice(0, -2)}AA`;
  await refused(describe({ nextToken: changed }), 'InvalidParameterException', /'nextToken'/);
  await refused(describe({ maxResults: 1001 }), 'InvalidParameterException', /1000/);
  await refused(describe({ repositoryNames: ['aa'], maxResults: 1 }), 'InvalidParameterException');
});

test('another region is another registry', async () => {
  const name = await world.repository();
  const { repositories } = await describe({ repositoryNames: [name], registryId: world.registryId });
  assert.equal(repositories?.[0]?.registryId, world.registryId);
  await refused(
    describe({ registryId: '999999999999' }),
    'AccessDeniedException',
    /ecr:DescribeRepositories/,
  );
});
