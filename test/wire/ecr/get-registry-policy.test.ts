import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ECRClient, GetRegistryPolicyCommand, PutRegistryPolicyCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { resourcePolicyText } from '../../helpers/principals.ts';

let ecr: EcrWorld;
before(async () => {
  ecr = await openEcr();
});
after(() => ecr.close());

const get = () => ecr.send(new GetRegistryPolicyCommand());

test('gives the text exactly as it was put, in its own region', async () => {
  await refused(get(), 'RegistryPolicyNotFoundException', /Registry policy does not exist/);
  const policyText = `\t${resourcePolicyText({ Action: 'ecr:ListImages', Resource: '*' })}`;
  await ecr.send(new PutRegistryPolicyCommand({ policyText }));
  const { $metadata: _, ...reply } = await get();
  assert.deepEqual(reply, { registryId: ecr.registryId, policyText });
  const { url: endpoint, credentials } = ecr.server;
  const elsewhere = new ECRClient({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 });
  await refused(elsewhere.send(new GetRegistryPolicyCommand()), 'RegistryPolicyNotFoundException');
  elsewhere.destroy();
});
