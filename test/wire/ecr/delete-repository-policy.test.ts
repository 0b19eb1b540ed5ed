import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  GetRepositoryPolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { makeUser, resourcePolicyText } from '../../helpers/principals.ts';

let ecr: EcrWorld;
before(async () => {
  ecr = await openEcr();
});
after(() => ecr.close());

const remove = (repositoryName: string) => ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }));
const policyText = resourcePolicyText({ Action: 'ecr:ListImages' });

test('gives what it deleted; nobody is let in by it any more', async () => {
  const repositoryName = await ecr.repository();
  const reader = await makeUser(ecr.server, ecr.registryId, 'reader', []);
  const list = async () => (await reader.ecr('ListImages', { repositoryName })).status;
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  assert.equal(await list(), 200);
  const { $metadata: _, ...reply } = await remove(repositoryName);
  assert.deepEqual(reply, { registryId: ecr.registryId, repositoryName, policyText });
  assert.equal(await list(), 400);
  await refused(remove(repositoryName), 'RepositoryPolicyNotFoundException');
  await refused(remove('no/repository'), 'RepositoryNotFoundException');
});

test('a policy goes with its repository', async () => {
  const repositoryName = await ecr.repository();
  await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText }));
  await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  await refused(
    ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
    'RepositoryPolicyNotFoundException',
  );
});
