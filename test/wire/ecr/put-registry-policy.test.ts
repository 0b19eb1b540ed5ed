import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PutRegistryPolicyCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';
import { makeUser, resourcePolicyText } from '../../helpers/principals.ts';

let ecr: EcrWorld;
before(async () => {
  ecr = await openEcr();
});
after(() => ecr.close());

const put = (policyText: string) => ecr.send(new PutRegistryPolicyCommand({ policyText }));

test('decides for the repositories that it names, in this region alone', async () => {
  const repositoryName = await ecr.repository();
  const other = await ecr.repository();
  const reader = await makeUser(ecr.server, ecr.registryId, 'reader', []);
  const policyText = resourcePolicyText({
    Principal: { AWS: reader.arn },
    Action: 'ecr:ListImages',
    Resource: `arn:aws:ecr:us-east-1:${ecr.registryId}:repository/${repositoryName}`,
  });
  const { $metadata: _, ...reply } = await put(policyText);
  assert.deepEqual(reply, { registryId: ecr.registryId, policyText });
  assert.equal((await reader.ecr('ListImages', { repositoryName })).status, 200);
  assert.equal((await reader.ecr('ListImages', { repositoryName: other })).status, 400);
  assert.equal(
    (await reader.ecr('BatchGetImage', { repositoryName, imageIds: [{ imageTag: 'a' }] })).status,
    400,
  );
});

test('refuses what is no policy of a registry', async () => {
  for (const [text, why] of [
    ['', /Invalid registry policy provided: Syntax errors/],
    [resourcePolicyText({ Action: 'ecr:ListImages' }), /must contain resources/],
    [resourcePolicyText({ Action: 'iam:*', Resource: '*' }), /Vendor "iam"/],
  ] as const)
    await refused(put(text), 'InvalidParameterException', why);
});

test('the root of the account gets out of a policy that denies everything', async () => {
  await put(resourcePolicyText({ Effect: 'Deny', Action: '*', Resource: '*' }));
  await refused(ecr.repository(), 'AccessDeniedException', /explicit deny in a resource-based policy/);
  await put(resourcePolicyText({ Action: 'ecr:ListImages', Resource: '*' }));
  await ecr.repository();
});
