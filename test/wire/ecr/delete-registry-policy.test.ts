import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DeleteRegistryPolicyCommand,
  GetRegistryPolicyCommand,
  PutRegistryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { resourcePolicyText } from '../../helpers/principals.ts';

let ecr: EcrWorld;
before(async () => {
  ecr = await openEcr();
});
after(() => ecr.close());

test('gives what it deleted, once', async () => {
  const policyText = resourcePolicyText({ Action: 'ecr:ListImages', Resource: '*' });
  await ecr.send(new PutRegistryPolicyCommand({ policyText }));
  const { $metadata: _, ...reply } = await ecr.send(new DeleteRegistryPolicyCommand());
  assert.deepEqual(reply, { registryId: ecr.registryId, policyText });
  await refused(ecr.send(new DeleteRegistryPolicyCommand()), 'RegistryPolicyNotFoundException');
  await refused(ecr.send(new GetRegistryPolicyCommand()), 'RegistryPolicyNotFoundException');
});
