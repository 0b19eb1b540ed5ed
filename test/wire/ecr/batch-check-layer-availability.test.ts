import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchCheckLayerAvailabilityCommand } from '@aws-sdk/client-ecr';
import { digestOf } from '../../../src/shared/digest.ts';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const check = (repositoryName: string, ...layerDigests: string[]) =>
  world.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));

test('tells which layers are there', async () => {
  const repositoryName = await world.repository();
  const bytes = Buffer.from('a layer');
  const held = await world.layer(repositoryName, bytes);
  const absent = digestOf(Buffer.from('another'));
  const { layers, failures } = await check(repositoryName, held, absent, held);
  assert.deepEqual(layers, [
    { layerDigest: held, layerAvailability: 'AVAILABLE', layerSize: bytes.length },
    { layerDigest: absent, layerAvailability: 'UNAVAILABLE' },
  ]);
  assert.deepEqual(failures, []);
});

test('a layer of another repository is not there', async () => {
  const held = await world.layer(await world.repository(), Buffer.from('elsewhere'));
  const { layers } = await check(await world.repository(), held);
  assert.equal(layers?.[0]?.layerAvailability, 'UNAVAILABLE');
});

test('digests that are none fail one by one', async () => {
  const { layers, failures = [] } = await check(await world.repository(), 'x', '', 'sha256:ABC');
  assert.deepEqual(layers, []);
  assert.deepEqual(
    failures.map(({ layerDigest, failureCode }) => [layerDigest, failureCode]),
    [
      ['x', 'InvalidLayerDigest'],
      ['', 'MissingLayerDigest'],
      ['sha256:ABC', 'InvalidLayerDigest'],
    ],
  );
});

test('refuses unknown repositories, no digests, and more than a hundred', async () => {
  await refused(check('no/such', digestOf(Buffer.from('x'))), 'RepositoryNotFoundException');
  const repositoryName = await world.repository();
  await refused(check(repositoryName), 'InvalidParameterException', /layerDigests/);
  await refused(
    check(repositoryName, ...Array.from({ length: 101 }, () => 'x')),
    'InvalidParameterException',
  );
});
