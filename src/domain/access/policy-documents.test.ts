import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AccessStores, accountId, openAccessStores } from '../../../test/helpers/access-stores.ts';
import { makePolicyDocuments } from './index.ts';

let stores: AccessStores;
before(async () => {
  stores = await openAccessStores();
});
after(() => stores.close());

const arn = (name: string) => `arn:aws:ecr:us-east-1:${accountId}:repository/${name}`;
const document = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:ListImages' }],
});

test('names that a client makes up push no policy out of memory', async () => {
  const { metadata, clock } = stores;
  const read: string[] = [];
  const documents = makePolicyDocuments({
    ...metadata,
    clock,
    resourcePolicies: {
      ...metadata.resourcePolicies,
      find(on, resourceArn) {
        read.push(resourceArn);
        return metadata.resourcePolicies.find(on, resourceArn);
      },
    },
  });
  await metadata.storage.write((tx) => documents.put(tx, arn('kept'), 'repository', document));
  const ask = async (name: string) =>
    (await documents.compiled(arn(name), 'repository')).policy !== undefined;
  assert.equal(await ask('kept'), true);
  for (let n = 0; n < 10_500; n += 1) assert.equal(await ask(`made-up-${n}`), false);
  read.length = 0;
  assert.equal(await ask('kept'), true);
  assert.equal(await ask('made-up-10499'), false);
  assert.deepEqual(read, [], 'both are in memory');
  // A policy that comes, and one that goes, counts from its commit on.
  await metadata.storage.write((tx) => documents.put(tx, arn('made-up-10499'), 'repository', document));
  await metadata.storage.write((tx) => documents.delete(tx, arn('kept')));
  assert.deepEqual([await ask('kept'), await ask('made-up-10499')], [false, true]);
});
