import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allPages } from '../../../../test/contract/metadata-fixture.ts';
import { type AccessStores, accountId, openAccessStores } from '../../../../test/helpers/access-stores.ts';
import type { Iam, Role } from '../index.ts';
import { LIMITS } from '../limits.ts';

type PolicyVersionEntry = Awaited<ReturnType<Iam['policies']['listVersions']>>['items'][number];

const other = '999999999999';
const allowPull = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: '*' }],
});
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }],
});

let stores: AccessStores;
before(async () => {
  stores = await openAccessStores();
});
after(() => stores.close());
const iam = () => stores.iam;
const code = (expected: string) => ({ name: 'DomainError', code: expected });
const user = (name: string) => ({ accountId, kind: 'user', name }) as const;

test('a name is one name whatever the case of its letters, in one account', async () => {
  const created = await iam().users.create({ accountId, name: 'Anna' });
  assert.equal(created.path, '/');
  await assert.rejects(iam().users.create({ accountId, name: 'ANNA' }), code('EntityAlreadyExists'));
  assert.deepEqual(await iam().users.get(accountId, 'anna'), created);
  const elsewhere = await iam().users.create({ accountId: other, name: 'anna' });
  assert.notEqual(elsewhere.id, created.id);
  // A group may have it, too.
  await iam().groups.create(accountId, 'anna');
});

test('a user with keys, groups or policies is not deleted', async () => {
  await iam().users.create({ accountId, name: 'busy' });
  await iam().groups.create(accountId, 'busy-group');
  const { id } = await iam().policies.create({ accountId, name: 'busy-policy', document: allowPull });
  assert.match(id, /^ANPA[A-Z2-7]{17}$/);
  const arn = `arn:aws:iam::${accountId}:policy/busy-policy`;
  const owner = { kind: 'user', accountId, name: 'busy' } as const;
  const { key } = await iam().accessKeys.create(owner);
  const remove = () => iam().users.delete(accountId, 'busy');
  await assert.rejects(remove(), code('DeleteConflict'));
  await iam().accessKeys.delete(owner, key.id);
  await iam().groups.addUser(accountId, 'busy-group', 'busy');
  await assert.rejects(remove(), code('DeleteConflict'));
  await assert.rejects(iam().groups.delete(accountId, 'busy-group'), code('DeleteConflict'));
  await iam().groups.removeUser(accountId, 'busy-group', 'busy');
  await iam().attachments.attach(user('busy'), arn);
  await assert.rejects(remove(), code('DeleteConflict'));
  await assert.rejects(iam().policies.delete(accountId, arn), code('DeleteConflict'));
  await iam().attachments.detach(user('busy'), arn);
  await iam().inlinePolicies.put(user('busy'), 'inline', allowPull);
  await assert.rejects(remove(), code('DeleteConflict'));
  await iam().inlinePolicies.delete(user('busy'), 'inline');
  await remove();
  await assert.rejects(remove(), code('NoSuchEntity'));
  await iam().policies.delete(accountId, arn);
});

test('two keys for each user, also when they are asked for at the same moment', async () => {
  await iam().users.create({ accountId, name: 'keys' });
  const owner = { kind: 'user', accountId, name: 'keys' } as const;
  const results = await Promise.allSettled(Array.from({ length: 6 }, () => iam().accessKeys.create(owner)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, LIMITS.accessKeys);
  assert.equal((await iam().accessKeys.list(owner)).length, LIMITS.accessKeys);
  await assert.rejects(iam().accessKeys.create(owner), code('LimitExceeded'));
});

test("another user's or another account's key is not to be changed by its id", async () => {
  await iam().users.create({ accountId, name: 'mine' });
  await iam().users.create({ accountId, name: 'yours' });
  const { key } = await iam().accessKeys.create({ kind: 'user', accountId, name: 'yours' });
  const mine = { kind: 'user', accountId, name: 'mine' } as const;
  await assert.rejects(iam().accessKeys.setStatus(mine, key.id, 'Inactive'), code('NoSuchEntity'));
  await assert.rejects(iam().accessKeys.delete(mine, key.id), code('NoSuchEntity'));
  await assert.rejects(iam().accessKeys.lastUsed(other, key.id), code('NoSuchEntity'));
});

test('a policy has five versions, one in force, whose numbers never come again', async () => {
  const arn = `arn:aws:iam::${accountId}:policy/team/versions`;
  await iam().policies.create({ accountId, name: 'versions', path: '/team/', document: allowPull });
  for (let n = 2; n <= LIMITS.policyVersions; n += 1)
    await iam().policies.createVersion(accountId, arn, allowPull, n === 3);
  await assert.rejects(iam().policies.createVersion(accountId, arn, allowPull, true), code('LimitExceeded'));
  assert.equal((await iam().policies.get(accountId, arn)).policy.defaultVersion, 3);
  await assert.rejects(iam().policies.deleteVersion(accountId, arn, 'v3'), code('DeleteConflict'));
  await iam().policies.deleteVersion(accountId, arn, 'v5');
  const { version } = await iam().policies.createVersion(accountId, arn, allowPull, false);
  assert.equal(version.number, 6);
  const pages = await allPages<PolicyVersionEntry, string>((after) =>
    iam().policies.listVersions(accountId, arn, { after, limit: 2 }),
  );
  assert.deepEqual(
    pages.flat().map(({ version: { number } }) => number),
    [6, 4, 3, 2, 1],
  );
  await assert.rejects(iam().policies.delete(accountId, arn), code('DeleteConflict'));
  // The path is part of the name that a client must know.
  await assert.rejects(
    iam().policies.get(accountId, `arn:aws:iam::${accountId}:policy/versions`),
    code('NoSuchEntity'),
  );
  await assert.rejects(iam().policies.get(other, arn), code('NoSuchEntity'));
});

test('documents are checked and measured without their white space', async () => {
  await iam().users.create({ accountId, name: 'documents' });
  const bad = iam().inlinePolicies.put(user('documents'), 'p', '{"Statement": 7}');
  await assert.rejects(bad, code('MalformedPolicy'));
  const spaced = JSON.stringify(JSON.parse(allowPull), null, 4).padEnd(15_000, ' ');
  await iam().inlinePolicies.put(user('documents'), 'p', spaced);
  const actions = Array.from({ length: 120 }, (_, n) => `ecr:Some${n}Action`);
  const large = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });
  assert.ok(large.length > LIMITS.inlinePolicies.user && large.length < LIMITS.policyDocument);
  await assert.rejects(iam().inlinePolicies.put(user('documents'), 'q', large), code('LimitExceeded'));
  await iam().policies.create({ accountId, name: 'large', document: large });
  await assert.rejects(
    iam().roles.create({ accountId, name: 'bad-trust', trustPolicy: allowPull }),
    code('MalformedPolicy'),
  );
});

test('lists are by name, in pages, below a path', async () => {
  for (const name of ['c', 'A', 'b', 'D'])
    await iam().roles.create({ accountId, name: `page-${name}`, path: '/pages/', trustPolicy: trust });
  await iam().roles.create({ accountId, name: 'page-e', path: '/pagesother/', trustPolicy: trust });
  const pages = await allPages<Role, string>((after) =>
    iam().roles.list(accountId, { pathPrefix: '/pages/', after, limit: 3 }),
  );
  assert.deepEqual(
    pages.map((page) => page.map(({ name }) => name)),
    [['page-A', 'page-b', 'page-c'], ['page-D']],
  );
  assert.deepEqual((await iam().roles.list(other, { limit: 10 })).items, []);
});

test('tags keep the case of their names, and one name has one tag', async () => {
  await iam().users.create({ accountId, name: 'tagged', tags: [{ key: 'Team', value: 'a' }] });
  await iam().tags.tag(user('tagged'), [{ key: 'team', value: 'b' }]);
  assert.deepEqual((await iam().users.get(accountId, 'tagged')).tags, { team: 'b' });
  const twice = [
    { key: 'x', value: '1' },
    { key: 'X', value: '2' },
  ];
  await assert.rejects(iam().tags.tag(user('tagged'), twice), code('Validation'));
  await assert.rejects(iam().tags.tag(user('tagged'), [{ key: 'aws:x', value: '' }]), code('Validation'));
  const many = Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: '' }));
  await assert.rejects(iam().tags.tag(user('tagged'), many), code('LimitExceeded'));
  await iam().tags.untag(user('tagged'), ['TEAM', 'nothing']);
  assert.deepEqual((await iam().users.get(accountId, 'tagged')).tags, {});
});

test('a boundary is a policy that cannot be deleted meanwhile', async () => {
  const arn = `arn:aws:iam::${accountId}:policy/boundary`;
  await iam().policies.create({ accountId, name: 'boundary', document: allowPull });
  await iam().users.create({ accountId, name: 'bounded', boundaryArn: arn });
  const { attached, boundaries } = await iam().policies.get(accountId, arn);
  assert.deepEqual({ attached, boundaries }, { attached: 0, boundaries: 1 });
  await assert.rejects(iam().policies.delete(accountId, arn), code('DeleteConflict'));
  await iam().attachments.deleteBoundary(user('bounded'));
  await assert.rejects(iam().attachments.deleteBoundary(user('bounded')), code('NoSuchEntity'));
  await iam().policies.delete(accountId, arn);
});

test("a caller's policies are its own, its groups', in their versions in force, and its boundary", async () => {
  const { id } = await iam().users.create({ accountId, name: 'lookup' });
  await iam().groups.create(accountId, 'lookup-group');
  await iam().groups.addUser(accountId, 'lookup-group', 'lookup');
  const arn = `arn:aws:iam::${accountId}:policy/lookup-policy`;
  await iam().policies.create({ accountId, name: 'lookup-policy', document: allowPull });
  await iam().attachments.attach({ accountId, kind: 'group', name: 'lookup-group' }, arn);
  await iam().inlinePolicies.put(user('lookup'), 'own', allowPull);
  await iam().attachments.putBoundary(user('lookup'), arn);
  const names = async () => (await stores.policies.ofIdentity(id))?.identity.map(({ name }) => name);
  assert.deepEqual(await names(), [`arn:aws:iam::${accountId}:user/lookup/own`, arn]);
  const before = await stores.policies.ofIdentity(id);
  assert.equal(before?.boundary?.name, arn);
  assert.equal(await stores.policies.ofIdentity(id), before, 'compiled once');
  const denied = allowPull.replace('Allow', 'Deny');
  await iam().policies.createVersion(accountId, arn, denied, true);
  const after = await stores.policies.ofIdentity(id);
  assert.equal(after?.identity[1]?.policy.statements[0]?.effect, 'Deny');
  await iam().groups.removeUser(accountId, 'lookup-group', 'lookup');
  assert.deepEqual(await names(), [`arn:aws:iam::${accountId}:user/lookup/own`]);
});

test('identity providers: https without a port, or http on this machine where that is allowed', async () => {
  const create = (url: string) => iam().oidcProviders.create({ accountId, url, clientIds: ['sts'] });
  for (const url of [
    'http://ci.example.com',
    'https://ci.example.com:8443',
    'https://user@ci.example.com',
    'https://ci.example.com/?x=1',
    'https://ci.example.com/#x',
    'ftp://ci.example.com',
    'https://169.254.169.254',
    'https://0x7f.1',
    'https://[::1]',
    'https://localhost',
    'https://x.localhost',
    'http://127.0.0.1.example.com:80',
    'ci.example.com',
  ])
    await assert.rejects(create(url), code('Validation'), url);
  const provider = await create('https://ci.example.com/tenant');
  assert.equal(provider.name, 'ci.example.com/tenant');
  await assert.rejects(create('https://ci.example.com/tenant'), code('EntityAlreadyExists'));
  await create('http://127.0.0.1:9');
  const arn = `arn:aws:iam::${accountId}:oidc-provider/ci.example.com/tenant`;
  assert.deepEqual(await iam().oidcProviders.get(accountId, arn), provider);
  await assert.rejects(iam().oidcProviders.get(other, arn), code('NoSuchEntity'));
  await iam().oidcProviders.delete(accountId, arn);
  await assert.rejects(iam().oidcProviders.get(accountId, arn), code('NoSuchEntity'));
});

test('accounts are made once, by number or with a new one', async () => {
  await assert.rejects(iam().accounts.create('12345'), code('Validation'));
  const { account, key } = await iam().accounts.create();
  const { id } = account;
  assert.match(id, /^\d{12}$/);
  await assert.rejects(iam().accounts.create(id), code('EntityAlreadyExists'));
  const principal = await stores.credentials.findPrincipal(key.id);
  assert.deepEqual(principal && [principal.kind, principal.accountId], ['root', id]);
});

test('policies of all accounts are made once, renewed when they are others, and nobody’s to change', async () => {
  const arn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
  await iam().ensureAwsPolicies();
  await iam().ensureAwsPolicies();
  const { policy } = await iam().policies.get(accountId, arn);
  assert.equal(policy.defaultVersion, 1);
  // As an older version of the program may have left it.
  const { storage, policyVersions } = stores.metadata;
  await storage.write(async (tx) => {
    await policyVersions.delete(tx, policy.id, 1);
    await policyVersions.insert(tx, policy.id, { number: 1, document: allowPull, createdAt: 1 });
  });
  await iam().ensureAwsPolicies();
  const renewed = await iam().policies.getVersion(other, arn, 'v2');
  assert.equal(renewed.isDefault, true);
  assert.notEqual(renewed.version.document, allowPull);
  for (const call of [
    iam().policies.delete(accountId, arn),
    iam().policies.createVersion(accountId, arn, allowPull, true),
    iam().policies.setDefaultVersion(accountId, arn, 'v2'),
  ])
    await assert.rejects(call, code('AccessDenied'));
});

test('a list of used policies looks at a bounded number of them a call, and comes to its end', async () => {
  const elsewhere = '555555555555';
  const { storage, managedPolicies, attachments, identities } = stores.metadata;
  const { id: userId } = await iam().users.create({ accountId: elsewhere, name: 'one' });
  const one = await identities.findById(storage.reader, userId);
  assert.ok(one !== undefined);
  const names = Array.from({ length: 1200 }, (_, n) => `p${String(n).padStart(4, '0')}`);
  await storage.write(async (tx) => {
    for (const name of names) {
      const versions = { defaultVersion: 1, nextVersion: 2 };
      const times = { createdAt: 1, updatedAt: 1 };
      const id = `ANPA${elsewhere}${name}`;
      await managedPolicies.insert(tx, {
        id,
        accountId: elsewhere,
        name,
        path: '/',
        tags: {},
        ...versions,
        ...times,
      });
      if (name === 'p0007' || name === 'p1100') await attachments.add(tx, one, id);
    }
  });
  const listed = (limit: number, onlyUsed?: 'attached') =>
    allPages<{ readonly policy: { readonly name: string } }, string>((after) =>
      iam().policies.list(elsewhere, { scope: 'Local', onlyUsed, pathPrefix: '/', after, limit }),
    );
  assert.deepEqual(
    (await listed(100, 'attached')).map((page) => page.map(({ policy }) => policy.name)),
    [['p0007'], [], ['p1100']],
  );
  for (const limit of [7, 500, 1000])
    assert.deepEqual(
      (await listed(limit)).flat().map(({ policy }) => policy.name),
      names,
    );
});
