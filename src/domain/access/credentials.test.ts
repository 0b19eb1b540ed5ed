import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type AccessStores,
  accountId,
  openAccessStores,
  ROOT_KEY,
} from '../../../test/helpers/access-stores.ts';

let stores: AccessStores;
before(async () => {
  stores = await openAccessStores();
});
after(() => stores.close());

let made = 0;
async function userWithKey(options: { readonly path?: string; readonly tags?: Record<string, string> } = {}) {
  const name = `user-${(made += 1)}`;
  const tags = Object.entries(options.tags ?? {}).map(([key, value]) => ({ key, value }));
  const user = await stores.iam.users.create({ accountId, name, path: options.path, tags });
  const owner = { kind: 'user', accountId, name } as const;
  const { key, secretAccessKey } = await stores.iam.accessKeys.create(owner);
  return { user, owner, id: key.id, secretAccessKey };
}

test("the configured account's root has its key from the configuration", async () => {
  const found = await stores.credentials.find(ROOT_KEY);
  assert.deepEqual(found, {
    accessKeyId: ROOT_KEY,
    secretAccessKey: 'root-secret',
    principal: {
      kind: 'root',
      configured: true,
      accountId,
      arn: `arn:aws:iam::${accountId}:root`,
      userId: accountId,
      accessKeyId: ROOT_KEY,
    },
  });
});

test('a key leads to its secret and its user, after a restart too', async () => {
  const { user, id, secretAccessKey } = await userWithKey({ path: '/ci/', tags: { team: 'blue' } });
  assert.match(user.id, /^AIDA[A-Z2-7]{17}$/);
  assert.match(id, /^AKIA[A-Z2-7]{16}$/);
  assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  const expected = {
    accessKeyId: id,
    secretAccessKey,
    principal: {
      kind: 'user',
      accountId,
      arn: `arn:aws:iam::${accountId}:user/ci/${user.name}`,
      userId: user.id,
      userName: user.name,
      tags: { team: 'blue' },
      accessKeyId: id,
    },
  };
  assert.deepEqual(await stores.credentials.find(id), expected);
  assert.deepEqual(await stores.restarted().credentials.find(id), expected);
});

test('a key that is set inactive or deleted is nobody from the next question on', async () => {
  const { owner, id } = await userWithKey();
  assert.equal((await stores.credentials.findPrincipal(id))?.kind, 'user');
  await stores.iam.accessKeys.setStatus(owner, id, 'Inactive');
  assert.equal(await stores.credentials.find(id), undefined);
  assert.equal(await stores.credentials.findPrincipal(id), undefined);
  await stores.iam.accessKeys.setStatus(owner, id, 'Active');
  assert.equal((await stores.credentials.findPrincipal(id))?.accessKeyId, id);
  await stores.iam.accessKeys.delete(owner, id);
  assert.equal(await stores.credentials.findPrincipal(id), undefined);
});

test('a change that is rolled back changes nothing that is remembered', async () => {
  const { id } = await userWithKey();
  await stores.credentials.find(id);
  const failed = stores.metadata.storage.write(async (tx) => {
    await stores.metadata.accessKeys.setStatus(tx, id, 'Inactive');
    throw new Error('no');
  });
  await assert.rejects(failed, /no/);
  assert.equal((await stores.credentials.findPrincipal(id))?.accessKeyId, id);
});

test('renaming and tagging a user is seen at once', async () => {
  const { user, id } = await userWithKey();
  await stores.credentials.find(id);
  await stores.iam.users.update(accountId, user.name, { name: `${user.name}-new`, path: '/moved/' });
  await stores.iam.tags.tag({ accountId, kind: 'user', name: `${user.name}-new` }, [
    { key: 'a', value: 'b' },
  ]);
  const found = await stores.credentials.findPrincipal(id);
  assert.equal(found?.arn, `arn:aws:iam::${accountId}:user/moved/${user.name}-new`);
  assert.deepEqual(found.kind === 'user' && found.tags, { a: 'b' });
});

test('keys that nobody has are answered by nothing and take no memory', async () => {
  for (const id of ['', 'AKIANOBODYNOBODYNOBO', 'ASIANOBODYNOBODYNOBO', '__proto__'])
    assert.equal(await stores.credentials.find(id), undefined);
});

test('secrets are on the disk sealed only, each for its own key', async () => {
  const first = await userWithKey();
  const second = await userWithKey();
  const { storage, accessKeys } = stores.metadata;
  for (const file of readdirSync(stores.directory)) {
    const bytes = readFileSync(join(stores.directory, file));
    for (const { secretAccessKey } of [first, second])
      assert.equal(bytes.includes(secretAccessKey), false, file);
  }
  const sealed = await accessKeys.find(storage.reader, first.id);
  assert.ok(sealed);
  // Whoever can write the database cannot make another key's secret this key's.
  await storage.write(async (tx) => {
    await accessKeys.delete(tx, second.id);
    await accessKeys.insert(tx, { ...sealed, id: second.id });
  });
  await assert.rejects(stores.restarted().credentials.find(second.id), { name: 'KeyUnavailableError' });
});

test('the last use of a key is written in batches, at most once a minute', async () => {
  const { owner, id } = await userWithKey();
  const principal = await stores.credentials.findPrincipal(id);
  assert.ok(principal);
  stores.keyUses.note(principal, 'ecr', 'eu-west-1');
  stores.keyUses.note(principal, 'iam', 'us-east-1');
  assert.equal(await stores.keyUses.record(), 1);
  const at = stores.clock.time;
  const used = await stores.iam.accessKeys.lastUsed(accountId, id);
  assert.deepEqual(used, { userName: owner.name, lastUsed: { at, service: 'ecr', region: 'eu-west-1' } });
  stores.clock.time += 59_000;
  stores.keyUses.note(principal, 'iam', 'us-east-1');
  assert.equal(await stores.keyUses.record(), 0);
  stores.clock.time += 1000;
  stores.keyUses.note(principal, 'iam', 'us-east-1');
  assert.equal(await stores.keyUses.record(), 1);
  const later = await stores.iam.accessKeys.lastUsed(accountId, id);
  assert.deepEqual(later.lastUsed, { at: stores.clock.time, service: 'iam', region: 'us-east-1' });
});
