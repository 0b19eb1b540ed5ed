// Contract of the access area's stores.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Group, ManagedPolicy, Role, SessionRecord, User } from '../../src/domain/access/index.ts';
import { allPages, openTemporary } from './metadata-fixture.ts';

const accountId = '123456789012';
const common = { accountId, path: '/', createdAt: 1 };
const user = (name: string, changes: Partial<User> = {}): User => ({
  kind: 'user',
  id: `AIDA${name}`,
  name,
  ...common,
  tags: {},
  ...changes,
});
const group = (name: string): Group => ({ kind: 'group', id: `AGPA${name}`, name, ...common });
const role: Role = {
  kind: 'role',
  id: 'AROA1',
  name: 'role',
  ...common,
  tags: { a: 'b' },
  trustPolicy: '{}',
  maxSessionSeconds: 3600,
};
const policy = (name: string, changes: Partial<ManagedPolicy> = {}): ManagedPolicy => ({
  id: `ANPA${name}`,
  name,
  ...common,
  defaultVersion: 1,
  nextVersion: 2,
  tags: {},
  updatedAt: 1,
  ...changes,
});
const session = (id: string, expiresAt: number): SessionRecord => ({
  id,
  accountId,
  ownerId: role.id,
  sealedSecret: Uint8Array.of(1, 2),
  facts: {
    sessionName: 's',
    tags: { t: 'v' },
    transitiveTagKeys: ['t'],
    policies: ['{}'],
    policyIds: ['ANPA1'],
    context: { 'sts:RoleSessionName': 's', list: ['a', 'b'] },
  },
  issuedAt: 1,
  expiresAt,
  requester: '',
});

test('identities come back as they were put, by name in any case and by id', async (t) => {
  const { storage, identities } = await openTemporary(t);
  const { reader } = storage;
  const full = { ...role, description: 'd', boundaryPolicyId: 'ANPAb', lastUsed: { at: 5, region: 'r' } };
  await storage.write(async (tx) => {
    assert.equal(await identities.insert(tx, user('Anna')), true);
    assert.equal(await identities.insert(tx, group('Anna')), true);
    assert.equal(await identities.insert(tx, full), true);
    assert.equal(await identities.insert(tx, { ...user('x'), id: 'AIDAother', name: 'ANNA' }), false);
  });
  assert.deepEqual(await identities.find(reader, accountId, 'user', 'anna'), user('Anna'));
  assert.deepEqual(await identities.find(reader, accountId, 'group', 'ANNA'), group('Anna'));
  assert.deepEqual(await identities.findById(reader, role.id), full);
  assert.equal(await identities.find(reader, '999999999999', 'user', 'Anna'), undefined);
  assert.equal(await identities.count(reader, accountId, 'user'), 1);
});

test('an update takes a free name, refuses a taken one, and keeps its own in another case', async (t) => {
  const { storage, identities } = await openTemporary(t);
  await storage.write(async (tx) => {
    await identities.insert(tx, user('a'));
    await identities.insert(tx, user('b'));
    assert.equal(await identities.update(tx, { ...user('a'), name: 'B' }), false);
    assert.equal(await identities.update(tx, { ...user('a'), name: 'A', path: '/p/' }), true);
  });
  const found = await identities.find(storage.reader, accountId, 'user', 'a');
  assert.deepEqual([found?.name, found?.path], ['A', '/p/']);
});

test('lists are by name in pages, and a path prefix is a prefix of text', async (t) => {
  const { storage, identities, managedPolicies } = await openTemporary(t);
  const { reader } = storage;
  await storage.write(async (tx) => {
    for (const [name, path] of [
      ['c', '/x/'],
      ['A', '/x/y/'],
      ['b', '/xy/'],
      ['d', '/'],
    ] as const) {
      await identities.insert(tx, user(name, { path }));
      await managedPolicies.insert(tx, policy(name, { path }));
    }
  });
  const listed = async (pathPrefix: string) =>
    (
      await allPages<User, string>((after) =>
        identities.list(reader, accountId, 'user', { pathPrefix, after, limit: 2 }),
      )
    ).map((page) => page.map(({ name }) => name));
  assert.deepEqual(await listed('/'), [
    ['A', 'b'],
    ['c', 'd'],
  ]);
  assert.deepEqual(await listed('/x/'), [['A', 'c']]);
  assert.deepEqual(await listed('/x'), [['A', 'b'], ['c']]);
  const { items } = await managedPolicies.list(reader, accountId, { pathPrefix: '/x/', limit: 9 });
  assert.deepEqual(
    items.map(({ name }) => name),
    ['A', 'c'],
  );
});

test('what belongs to an identity or a policy goes with it', async (t) => {
  const { storage, ...stores } = await openTemporary(t);
  const { identities, memberships, inlinePolicies, managedPolicies, policyVersions, attachments } = stores;
  const { reader } = storage;
  await storage.write(async (tx) => {
    await identities.insert(tx, user('u'));
    await identities.insert(tx, group('g'));
    await memberships.add(tx, 'AGPAg', 'AIDAu');
    await memberships.add(tx, 'AGPAg', 'AIDAu');
    await inlinePolicies.put(tx, 'AIDAu', { name: 'i', document: '1' });
    await inlinePolicies.put(tx, 'AIDAu', { name: 'i', document: '2' });
    await managedPolicies.insert(tx, policy('p'));
    await policyVersions.insert(tx, 'ANPAp', { number: 1, document: '{}', createdAt: 1 });
    await attachments.add(tx, user('u'), 'ANPAp');
    await attachments.add(tx, user('u'), 'ANPAp');
    await identities.update(tx, { ...user('u'), boundaryPolicyId: 'ANPAp' });
  });
  assert.deepEqual(await inlinePolicies.list(reader, 'AIDAu'), [{ name: 'i', document: '2' }]);
  assert.deepEqual(await attachments.usage(reader, accountId, 'ANPAp'), { attached: 1, boundaries: 1 });
  assert.deepEqual(await attachments.usage(reader, 'aws', 'ANPAp'), { attached: 0, boundaries: 0 });
  assert.deepEqual(await memberships.groupsOf(reader, 'AIDAu'), [group('g')]);
  await storage.write(async (tx) => {
    await identities.delete(tx, 'AIDAu');
    await managedPolicies.delete(tx, 'ANPAp');
  });
  assert.deepEqual((await memberships.usersOf(reader, 'AGPAg', { limit: 9 })).items, []);
  assert.deepEqual(await inlinePolicies.list(reader, 'AIDAu'), []);
  assert.deepEqual(await policyVersions.list(reader, 'ANPAp'), []);
  assert.deepEqual(await attachments.ofIdentity(reader, 'AIDAu'), []);
});

test('sessions come back whole, are counted while they live, and forgotten in bounded steps', async (t) => {
  const { storage, sessions } = await openTemporary(t);
  const { reader } = storage;
  await storage.write(async (tx) => {
    for (let n = 0; n < 5; n += 1) await sessions.insert(tx, session(`ASIA${n}`, 10 + n));
    await sessions.insert(tx, { ...session('ASIAk', 100), sourceKeyId: 'AKIA1', requester: 'AROA1' });
  });
  const found = await sessions.find(reader, 'ASIAk');
  assert.deepEqual(found, {
    ...session('ASIAk', 100),
    sourceKeyId: 'AKIA1',
    requester: 'AROA1',
    sealedSecret: found?.sealedSecret,
  });
  assert.deepEqual([...(found?.sealedSecret ?? [])], [1, 2]);
  assert.equal(await sessions.countAlive(reader, accountId, 12), 3);
  assert.equal(await sessions.countOfRequester(reader, accountId, 'AROA1', 12), 1);
  assert.equal(await sessions.countOfRequester(reader, accountId, 'AROA1', 100), 0);
  const forget = (now: number) => storage.write((tx) => sessions.deleteExpired(tx, now, 2));
  assert.deepEqual([await forget(13), await forget(13), await forget(13)], [2, 2, 0]);
  assert.equal(await sessions.find(reader, 'ASIA3'), undefined);
  assert.ok(await sessions.find(reader, 'ASIA4'));
});

test('access keys and identity providers', async (t) => {
  const { storage, accessKeys, oidcProviders, accounts } = await openTemporary(t);
  const { reader } = storage;
  const key = { id: 'AKIA1', accountId, ownerId: 'AIDAu', sealedSecret: Uint8Array.of(1), createdAt: 1 };
  const provider = {
    accountId,
    name: 'ci/t',
    issuer: 'https://ci/t',
    clientIds: ['a'],
    thumbprints: [],
    tags: { x: 'y' },
    createdAt: 1,
  };
  await storage.write(async (tx) => {
    await accessKeys.insert(tx, { ...key, status: 'Active' });
    await accessKeys.setStatus(tx, 'AKIA1', 'Inactive');
    await accessKeys.touch(tx, 'AKIA1', { at: 7, service: 'ecr', region: 'r' });
    assert.equal(await oidcProviders.insert(tx, provider), true);
    assert.equal(await oidcProviders.insert(tx, provider), false);
    assert.equal(await accounts.insert(tx, { id: accountId, createdAt: 1 }), true);
    assert.equal(await accounts.insert(tx, { id: accountId, createdAt: 2 }), false);
  });
  const [found] = await accessKeys.ofOwner(reader, 'AIDAu');
  assert.deepEqual([found?.status, found?.lastUsed], ['Inactive', { at: 7, service: 'ecr', region: 'r' }]);
  assert.deepEqual(await oidcProviders.list(reader, accountId), [provider]);
  await storage.write(async (tx) => {
    assert.equal(await oidcProviders.delete(tx, accountId, 'ci/t'), true);
    assert.equal(await oidcProviders.delete(tx, accountId, 'ci/t'), false);
    await accessKeys.delete(tx, 'AKIA1');
  });
  assert.equal(await accessKeys.find(reader, 'AKIA1'), undefined);
});

test('a list with a path that little has looks at a bounded number of rows a call, and comes to its end', async (t) => {
  const { storage, identities, managedPolicies } = await openTemporary(t);
  const names = Array.from({ length: 1200 }, (_, n) => `n${String(n).padStart(4, '0')}`);
  await storage.write(async (tx) => {
    for (const name of names) {
      const path = name === 'n0700' || name === 'n1199' ? '/rare/' : '/';
      await identities.insert(tx, user(name, { path }));
      await managedPolicies.insert(tx, policy(name, { path }));
    }
  });
  const { reader } = storage;
  for (const list of [
    (after?: string) =>
      identities.list(reader, accountId, 'user', { pathPrefix: '/rare/', after, limit: 10 }),
    (after?: string) => managedPolicies.list(reader, accountId, { pathPrefix: '/rare/', after, limit: 10 }),
  ]) {
    const pages = await allPages<{ readonly name: string }, string>((after) => list(after));
    assert.deepEqual(
      pages.map((page) => page.map(({ name }) => name)),
      [[], ['n0700'], ['n1199']],
    );
    const one = await allPages<{ readonly name: string }, string>((after) =>
      identities.list(reader, accountId, 'user', { pathPrefix: '/rare/', after, limit: 1 }),
    );
    assert.deepEqual(
      one.flat().map(({ name }) => name),
      ['n0700', 'n1199'],
    );
  }
});
