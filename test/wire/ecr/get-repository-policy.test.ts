import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { resourcePolicyText } from '../../helpers/principals.ts';

let ecr: EcrWorld;
before(async () => {
  ecr = await openEcr();
});
after(() => ecr.close());

const get = (repositoryName: string) => ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));

test('gives the text exactly as it was set', async () => {
  const repositoryName = await ecr.repository();
  await refused(get(repositoryName), 'RepositoryPolicyNotFoundException', /Repository policy does not exist/);
  const policyText = ` ${resourcePolicyText({ Action: 'ecr:BatchGetImage' })}\n`;
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  const { $metadata: _, ...reply } = await get(repositoryName);
  assert.deepEqual(reply, { registryId: ecr.registryId, repositoryName, policyText });
});

test('an unknown repository is not found', async () => {
  await refused(get('no/repository'), 'RepositoryNotFoundException');
});
