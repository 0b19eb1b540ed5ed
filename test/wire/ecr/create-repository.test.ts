import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateRepositoryCommand,
  type CreateRepositoryRequest,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const create = (input: CreateRepositoryRequest) => world.send(new CreateRepositoryCommand(input));

test('creates a repository with the defaults', async () => {
  const { repository } = await create({ repositoryName: 'plain' });
  const { createdAt, ...others } = repository ?? {};
  assert.ok(Math.abs((createdAt?.getTime() ?? 0) - Date.now()) < 60_000);
  assert.deepEqual(others, {
    repositoryArn: `arn:aws:ecr:us-east-1:${world.registryId}:repository/plain`,
    registryId: world.registryId,
    repositoryName: 'plain',
    repositoryUri: `localhost:${world.server.port}/plain`,
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
});

test('keeps what is asked for', async () => {
  const { repository } = await create({
    repositoryName: 'a/b_c/d.e-f',
    tags: [{ Key: 'team', Value: 'one' }],
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
  assert.equal(repository?.imageTagMutability, 'IMMUTABLE_WITH_EXCLUSION');
  assert.deepEqual(repository?.imageTagMutabilityExclusionFilters, [
    { filterType: 'WILDCARD', filter: 'dev-*' },
  ]);
  assert.equal(repository?.imageScanningConfiguration?.scanOnPush, true);
  const list = new ListTagsForResourceCommand({ resourceArn: repository?.repositoryArn });
  assert.deepEqual((await world.send(list)).tags, [{ Key: 'team', Value: 'one' }]);
});

test('refuses a name that is taken', async () => {
  await create({ repositoryName: 'twice' });
  await refused(
    create({ repositoryName: 'twice' }),
    'RepositoryAlreadyExistsException',
    /^The repository with name 'twice' already exists in the registry with id '\d{12}'$/,
  );
});

test('refuses names that are none', async () => {
  for (const repositoryName of ['Upper', 'a', 'a//b', '-a', 'a/', 'x'.repeat(257)])
    await refused(create({ repositoryName }), 'InvalidParameterException', /'repositoryName'/);
});

test('refuses keys that it does not have, and exclusions without their rule', async () => {
  await refused(
    create({ repositoryName: 'kms', encryptionConfiguration: { encryptionType: 'KMS' } }),
    'InvalidParameterException',
    /no key management service/,
  );
  await refused(
    create({
      repositoryName: 'odd',
      imageTagMutability: 'IMMUTABLE',
      imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'a' }],
    }),
    'InvalidParameterException',
  );
});

test('refuses tags that are too many or reserved', async () => {
  const tags = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: 'v' }));
  await refused(create({ repositoryName: 'many', tags }), 'TooManyTagsException');
  const reserved = [{ Key: 'aws:x', Value: 'v' }];
  await refused(create({ repositoryName: 'own', tags: reserved }), 'InvalidTagParameterException');
});
