import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BatchGetImageCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { makeAccount, makeUser, resourcePolicyText, type TestPrincipal } from '../../helpers/principals.ts';

let ecr: EcrWorld;
let reader: TestPrincipal;
before(async () => {
  ecr = await openEcr();
  reader = await makeUser(ecr.server, ecr.registryId, 'reader', []);
});
after(() => ecr.close());

const set = (repositoryName: string, policyText: string, force?: boolean) =>
  ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText, force }));
const pull = async (by: TestPrincipal, repositoryName: string) => {
  const input = { repositoryName, registryId: ecr.registryId, imageIds: [{ imageTag: 'none' }] };
  return (await by.ecr('BatchGetImage', input)).status;
};

test('gives the text back, and from then on it decides', async () => {
  const repositoryName = await ecr.repository();
  assert.equal(await pull(reader, repositoryName), 400);
  const policyText = `\n${resourcePolicyText({ Principal: { AWS: reader.arn }, Action: 'ecr:BatchGetImage' })}  `;
  const { $metadata: _, ...reply } = await set(repositoryName, policyText);
  assert.deepEqual(reply, { registryId: ecr.registryId, repositoryName, policyText });
  assert.equal(await pull(reader, repositoryName), 200);
  await set(repositoryName, resourcePolicyText({ Principal: { AWS: reader.arn }, Action: 'ecr:ListImages' }));
  assert.equal(await pull(reader, repositoryName), 400, 'the whole policy was replaced');
});

test('lets another account in, when both sides allow it', async () => {
  const repositoryName = await ecr.repository();
  const guests = await makeAccount(ecr.server);
  const guest = await makeUser(ecr.server, guests.accountId, 'guest', [{ Action: 'ecr:*' }]);
  const poor = await makeUser(ecr.server, guests.accountId, 'poor', []);
  const statuses = () => Promise.all([guests, guest, poor].map((by) => pull(by, repositoryName)));
  assert.deepEqual(await statuses(), [400, 400, 400]);
  const Principal = { AWS: guests.accountId };
  await set(repositoryName, resourcePolicyText({ Principal, Action: ['ecr:BatchGetImage'] }));
  assert.deepEqual(await statuses(), [200, 200, 400]);
});

test('refuses what is no policy of a repository, and says why', async () => {
  const repositoryName = await ecr.repository();
  for (const [text, why] of [
    ['{', /Invalid repository policy provided: Syntax errors in policy/],
    ['{"Statement":[]}', /Missing required field Statement/],
    [resourcePolicyText({ Action: 'ecr:PutImage', Resource: '*' }), /prohibited field Resource/],
    [resourcePolicyText({ Action: 's3:GetObject' }), /Vendor "s3" is not valid/],
    [resourcePolicyText({ Action: 'ecr:PutImage', Principal: undefined }), /required field Principal/],
  ] as const)
    await refused(set(repositoryName, text), 'InvalidParameterException', why);
  await refused(
    set('no/repository', resourcePolicyText({ Action: 'ecr:PutImage' })),
    'RepositoryNotFoundException',
  );
});

test('nobody locks themselves out by accident; the root of the account is never locked out', async () => {
  const repositoryName = await ecr.repository();
  const nothing = resourcePolicyText({ Effect: 'Deny', Action: 'ecr:*' });
  await refused(set(repositoryName, nothing), 'InvalidParameterException', /use force/);
  await set(repositoryName, nothing, true);
  const get = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'a' }] });
  await refused(ecr.send(get), 'AccessDeniedException', /explicit deny in a resource-based policy/);
  await set(repositoryName, resourcePolicyText({ Action: 'ecr:BatchGetImage' }));
  assert.equal((await ecr.send(get)).failures?.length, 1);
});
