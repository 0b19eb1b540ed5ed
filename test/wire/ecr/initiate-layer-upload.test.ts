import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { InitiateLayerUploadCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const begin = (repositoryName: string) => world.send(new InitiateLayerUploadCommand({ repositoryName }));

test('begins uploads, each of its own', async () => {
  const repositoryName = await world.repository();
  const [one, two] = [await begin(repositoryName), await begin(repositoryName)];
  assert.match(one.uploadId ?? '', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.notEqual(one.uploadId, two.uploadId);
  assert.equal(one.partSize, 20_971_520);
});

test('refuses an unknown repository', async () => {
  await refused(begin('no/such'), 'RepositoryNotFoundException');
  await refused(begin('NO'), 'InvalidParameterException');
});
