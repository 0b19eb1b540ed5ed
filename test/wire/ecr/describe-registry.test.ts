import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DescribeRegistryCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

test('gives the id of the registry, which replicates nothing', async () => {
  const { registryId, replicationConfiguration } = await world.send(new DescribeRegistryCommand({}));
  assert.equal(registryId, world.registryId);
  assert.deepEqual(replicationConfiguration, { rules: [] });
});
