import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '../../../src/shared/digest.ts';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const get = (repositoryName: string, layerDigest: string) =>
  world.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));

test('gives a URL that needs no login', async () => {
  const repositoryName = await world.repository();
  const bytes = Buffer.from('a layer to fetch');
  const digest = await world.layer(repositoryName, bytes);
  const { downloadUrl = '', layerDigest } = await get(repositoryName, digest);
  assert.equal(layerDigest, digest);
  const answer = await fetch(downloadUrl);
  assert.equal(answer.status, 200);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
});

test('the URL opens that layer only', async () => {
  const repositoryName = await world.repository();
  const [one, two] = [
    await world.layer(repositoryName, Buffer.from('one')),
    await world.layer(repositoryName, Buffer.from('two')),
  ];
  const { downloadUrl = '' } = await get(repositoryName, one);
  assert.equal((await fetch(downloadUrl.replace(one, two))).status, 403);
  assert.equal((await fetch(`${downloadUrl.slice(0, -2)}AA`)).status, 403);
});

test('refuses layers and repositories that are not there', async () => {
  const digest = digestOf(Buffer.from('nothing'));
  await refused(get('no/such', digest), 'RepositoryNotFoundException');
  const repositoryName = await world.repository();
  await refused(get(repositoryName, digest), 'LayersNotFoundException');
  await refused(get(repositoryName, 'sha256:00'), 'InvalidParameterException', /layerDigest/);
});
