// Bounds of open uploads, on real stores with a clock of the test.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openRegistryStores, type RegistryStores } from '../../../test/helpers/registry-stores.ts';
import type { Principal } from '../access/index.ts';
import type { DomainError } from '../errors.ts';
import { MAX_OPEN_UPLOADS } from './open-uploads.ts';

let stores: RegistryStores;
before(async () => {
  stores = await openRegistryStores();
});
after(() => stores.close());

type Name = Awaited<ReturnType<RegistryStores['repository']>>;

function user(name: string): Principal {
  const arn = `arn:aws:iam::123456789012:user/${name}`;
  return {
    kind: 'user',
    accountId: '123456789012',
    arn,
    userId: `AIDA${name}`,
    accessKeyId: 'AKIA',
    userName: name,
    tags: {},
  };
}

/** A session of a role that many assume. */
function session(sessionName: string): Principal {
  return {
    kind: 'assumed-role',
    accountId: '123456789012',
    arn: `arn:aws:sts::123456789012:assumed-role/ci/${sessionName}`,
    userId: `AROACI:${sessionName}`,
    accessKeyId: 'ASIA',
    roleArn: 'arn:aws:iam::123456789012:role/ci',
    roleId: 'AROACI',
    sessionName,
    tags: {},
    transitiveTagKeys: [],
    session: {},
    tokenIssuedAt: 0,
    expiresAt: 1e15,
  };
}

async function open(name: Name, count: number, by: (index: number) => Principal): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1)
    ids.push((await stores.registry.uploads.begin(name, by(index))).id);
  return ids;
}

const refusedWith = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => assert.fail('it was not refused'),
    (error: DomainError) => {
      assert.equal(error.code, 'LimitExceeded');
      return error.message;
    },
  );

test('a principal has its share of a repository, all sessions of a role one together, and others have room', async () => {
  const name = await stores.repository();
  const most = MAX_OPEN_UPLOADS.principalInRepository;
  await open(name, most, (index) => session(`job-${index}`));
  const message = await refusedWith(stores.registry.uploads.begin(name, session('another')));
  assert.match(message, new RegExp(`You have ${most} open uploads in the repository`));
  await open(name, 1, () => user('other'));
  await open(await stores.repository(), 1, () => session('elsewhere'));
});

test('where a bound is reached an empty upload that nobody touches gives way', async () => {
  const { uploads } = stores.registry;
  const name = await stores.repository();
  const by = user('leaver');
  const [first = '', second = '', ...others] = await open(
    name,
    MAX_OPEN_UPLOADS.principalInRepository,
    () => by,
  );
  await uploads.append(name, first, sourceOf('something'), {});
  await refusedWith(uploads.begin(name, by));
  stores.clock.time += 61_000;
  // The one with bytes stays, and so does the one to which bytes are on their way.
  const { source, end } = heldSource();
  const sending = uploads.append(name, second, source, {});
  await uploads.begin(name, by);
  await uploads.find(name, first);
  await uploads.find(name, second);
  const left = await Promise.allSettled(others.map((id) => uploads.find(name, id)));
  assert.equal(left.filter(({ status }) => status === 'rejected').length, 1);
  end();
  await sending;
});

test('a repository and a registry have their bounds for all principals together', async () => {
  const name = await stores.repository();
  const by = (index: number) => user(`of-many-${index % 10}`);
  await open(name, MAX_OPEN_UPLOADS.repository, by);
  const message = await refusedWith(stores.registry.uploads.begin(name, user('late')));
  assert.match(message, /has 1000 open uploads, which is the maximum/);
  stores.clock.time += 61_000;
  await stores.registry.uploads.begin(name, user('late'));
});

test('the operator finds uploads by repository, principal and emptiness, and ends them', async () => {
  const { uploads } = stores.registry;
  const name = await stores.repository();
  const [full = ''] = await open(name, 1, () => user('found'));
  const [empty = '', busy = ''] = await open(name, 2, () => user('found'));
  await open(name, 1, () => user('not-found'));
  await uploads.append(name, full, sourceOf('something'), {});
  const page = { after: '', limit: 100 };
  const { repositoryName } = name;
  const principalArn = 'arn:aws:iam::123456789012:user/found';
  const idsOf = async (filter: Parameters<typeof uploads.list>[0]) =>
    (await uploads.list(filter, page)).items.map(({ id }) => id).toSorted();
  assert.equal((await idsOf({ repositoryName })).length, 4);
  assert.deepEqual(await idsOf({ principalArn }), [full, empty, busy].toSorted());
  assert.deepEqual(await idsOf({ principalArn, isEmpty: true }), [empty, busy].toSorted());
  assert.deepEqual(await idsOf({ id: full }), [full]);
  const [listed] = (await uploads.list({ id: full }, page)).items;
  assert.deepEqual(
    [listed?.repositoryName, listed?.principalArn, listed?.receivedBytes],
    [repositoryName, principalArn, 9],
  );

  const { source, end } = heldSource();
  const sending = uploads.append(name, busy, source, {});
  assert.deepEqual(await uploads.end({ principalArn, isEmpty: true }, page), { ended: 1, underWay: 1 });
  end();
  await sending;
  const first = await uploads.end({ repositoryName }, { after: '', limit: 2 });
  assert.equal(first.ended, 2);
  assert.deepEqual(await uploads.end({ repositoryName }, { after: first.next ?? '', limit: 2 }), {
    ended: 1,
    underWay: 0,
  });
  assert.deepEqual(await idsOf({ repositoryName }), []);
});

function sourceOf(text: string) {
  return {
    forEach: async (take: (chunk: Uint8Array) => Promise<void> | undefined) => {
      await take(Buffer.from(text));
    },
  };
}

/** A source that gives nothing until it is told to end. */
function heldSource() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { source: { forEach: () => promise }, end: resolve };
}
