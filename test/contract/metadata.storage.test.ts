import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteConnection, sqliteParameters } from '../../src/adapters/metadata/dialects/sqlite.ts';
import { GroupCommit } from '../../src/adapters/metadata/group-commit.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import type { Tx } from '../../src/domain/storage.ts';
import {
  insertRepository,
  newRepository,
  openTemporary,
  registry,
  temporaryDirectory,
  unexpected,
} from './metadata-fixture.ts';

test('a write is seen by the reader once it has resolved, and by its own transaction before', async (t) => {
  const { storage, repositories } = await openTemporary(t);
  await storage.write(async (tx) => {
    await repositories.insert(tx, newRepository('app'));
    assert.ok(await repositories.find(tx, registry, 'app'));
    assert.equal(await repositories.find(storage.reader, registry, 'app'), undefined);
  });
  assert.ok(await repositories.find(storage.reader, registry, 'app'));
});

test('a throw rolls back its own writer and none of the others of the batch', async (t) => {
  const { storage, repositories } = await openTemporary(t);
  const fault = new Error('no');
  const results = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((name) =>
      storage.write(async (tx) => {
        await repositories.insert(tx, newRepository(name));
        if (name === 'b' || name === 'd') throw fault;
        return name;
      }),
    ),
  );
  assert.deepEqual(results, [
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: fault },
    { status: 'fulfilled', value: 'c' },
    { status: 'rejected', reason: fault },
  ]);
  const page = await repositories.list(storage.reader, registry, { limit: 10 });
  assert.deepEqual(
    page.items.map(({ name }) => name),
    ['a', 'c'],
  );
});

test('a synchronous throw of the work is a rejection', async (t) => {
  const { storage } = await openTemporary(t);
  await assert.rejects(
    storage.write(() => {
      throw new Error('at once');
    }),
    /at once/,
  );
});

test('onCommit callbacks run after the commit in the order of the writers, never after a rollback', async (t) => {
  const { storage, repositories, errors } = await openTemporary(t);
  const calls: string[] = [];
  const write = (name: string, fail = false) =>
    storage.write(async (tx) => {
      tx.onCommit(() => calls.push(`${name} 1`));
      await repositories.insert(tx, newRepository(name));
      tx.onCommit(() => {
        calls.push(`${name} 2`);
        if (name === 'a') throw new Error('callback');
      });
      if (fail) throw new Error('rolled back');
    });
  await Promise.allSettled([write('a'), write('b', true), write('c')]);
  assert.deepEqual(calls, ['a 1', 'a 2', 'c 1', 'c 2']);
  assert.equal(errors.length, 1, 'a callback that throws is reported');
  assert.ok(await repositories.find(storage.reader, registry, 'a'));
});

test('a write inside a write is refused and does not block', async (t) => {
  const { storage } = await openTemporary(t);
  await assert.rejects(
    storage.write(async () => storage.write(async () => 1)),
    /a write inside a write/,
  );
  assert.equal(await storage.write(async () => 2), 2);
});

test('a write may follow from an onCommit callback', async (t) => {
  const { storage } = await openTemporary(t);
  const { promise, resolve } = Promise.withResolvers<number>();
  await storage.write(async (tx) => tx.onCommit(() => resolve(storage.write(async () => 3))));
  assert.equal(await promise, 3);
});

test('a transaction cannot be used after its end', async (t) => {
  const { storage, repositories } = await openTemporary(t);
  let kept: Tx | undefined;
  await storage.write(async (tx) => {
    kept = tx;
  });
  const ended = kept as Tx;
  await assert.rejects(async () => repositories.insert(ended, newRepository('late')), /has ended/);
  assert.throws(() => ended.onCommit(() => undefined), /has ended/);
});

test('work that waits for something else than the database is rolled back after its time', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const connection = new SqliteConnection({ path, readOnly: false });
  t.after(() => connection.close());
  connection.execute('create table t (x)');
  const commits = new GroupCommit({ connection, onError: unexpected, maxWriteMs: 30 });
  const slow = commits.write(async () => {
    await connection.run('insert into t values (1)', []);
    await sleep(10_000, undefined, { ref: false });
  });
  const fast = commits.write(async () => connection.run('insert into t values (2)', []));
  await assert.rejects(slow, /took longer than 30 ms/);
  await fast;
  assert.deepEqual(
    connection.all('select x from t', []).map((row) => ({ ...(row as object) })),
    [{ x: 2 }],
  );
});

test('a commit that fails rejects every writer of the batch', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const connection = new SqliteConnection({ path, readOnly: false });
  t.after(() => connection.close());
  connection.execute('create table parent (id integer primary key)');
  connection.execute('create table child (id integer references parent deferrable initially deferred)');
  const commits = new GroupCommit({ connection, onError: unexpected });
  const called: string[] = [];
  const results = await Promise.allSettled([
    commits.write(async (tx) => {
      tx.onCommit(() => called.push('callback'));
      await connection.run('insert into parent values (1)', []);
    }),
    commits.write(async () => connection.run('insert into child values (9)', [])),
  ]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.deepEqual(called, []);
  await commits.write(async () => connection.run('insert into parent values (2)', []));
  assert.equal(connection.all('select id from parent', []).length, 1);
});

test('a database that another process holds is StorageUnavailable, and later writes go on', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const connection = new SqliteConnection({ path, readOnly: false });
  t.after(() => connection.close());
  connection.execute('create table t (x)');
  connection.all('PRAGMA busy_timeout = 1', []);
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  const commits = new GroupCommit({ connection, onError: unexpected });
  await assert.rejects(
    commits.write(async () => 1),
    (error: { code?: string }) => error.code === 'StorageUnavailable',
  );
  other.exec('ROLLBACK');
  assert.equal(await commits.write(async () => 2), 2);
});

test('more writers than a batch takes are all done, in order', async (t) => {
  const { storage, repositories } = await openTemporary(t);
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 1000 }, (_, n) =>
      storage.write(async (tx) => {
        order.push(n);
        await repositories.insert(tx, newRepository(`r${n}`));
      }),
    ),
  );
  assert.deepEqual(
    order,
    Array.from({ length: 1000 }, (_, n) => n),
  );
});

test('close finishes the writes that were taken and refuses new ones', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const metadata = await openMetadata({ path, onError: unexpected });
  const taken = metadata.storage.write((tx) => metadata.repositories.insert(tx, newRepository('last')));
  const closed = metadata.close();
  await assert.rejects(
    metadata.storage.write(async () => 1),
    /closed/,
  );
  assert.ok(await taken);
  await closed;
  const again = await openMetadata({ path, onError: unexpected });
  t.after(() => again.close());
  assert.ok(await again.repositories.find(again.storage.reader, registry, 'last'));
  await again.check();
});

test('write-ahead log, synced before it is taken over; foreign keys on', async (t) => {
  const connection = new SqliteConnection({
    path: join(temporaryDirectory(t), 'm.db'),
    readOnly: false,
  });
  t.after(() => connection.close());
  const pragma = (name: string) => Object.values(connection.all(`PRAGMA ${name}`, [])[0] as object)[0];
  assert.equal(pragma('journal_mode'), 'wal');
  assert.equal(pragma('synchronous'), 1);
  assert.equal(pragma('foreign_keys'), 1);
});

test('nobody is told of a commit, and no reader sees it, before it is durable', async (t) => {
  let syncs = 0;
  const begun = Promise.withResolvers<void>();
  const onDisk = Promise.withResolvers<void>();
  const sync = () => {
    syncs += 1;
    begun.resolve();
    return onDisk.promise;
  };
  const { storage, repositories } = await openTemporary(t, { sync });
  const find = (name: string) => repositories.find(storage.reader, registry, name);
  const told: string[] = [];
  const first = storage.write(async (tx) => {
    tx.onCommit(() => told.push('committed'));
    await repositories.insert(tx, newRepository('a'));
  });
  const toldFirst = first.then(() => told.push('acknowledged'));
  await begun.promise;
  const second = storage.write(async (tx) => repositories.insert(tx, newRepository('b')));
  for (let turn = 0; turn < 5; turn += 1) {
    assert.equal(await find('a'), undefined);
    await sleep(2);
  }
  assert.deepEqual(told, []);
  onDisk.resolve();
  await toldFirst;
  assert.deepEqual(told, ['committed', 'acknowledged']);
  assert.ok(await find('a'));
  await second;
  assert.ok(await find('b'));
  assert.equal(syncs, 2);

  // Nothing was written: there is nothing to sync.
  await storage.write(async (tx) => repositories.find(tx, registry, 'a'));
  assert.equal(syncs, 2);
});

test('after a sync that failed nothing is acknowledged until the log is in the database', async (t) => {
  const fault = new Error('the disk is gone');
  let fails = true;
  const sync = async () => {
    if (fails) throw fault;
  };
  const { storage, repositories, path, errors } = await openTemporary(t, { sync });
  const insert = (name: string, onCommit = () => {}) =>
    storage.write(async (tx) => {
      tx.onCommit(onCommit);
      await repositories.insert(tx, newRepository(name));
    });
  let learned = 0;
  const unavailable = { code: 'StorageUnavailable', cause: fault };
  await assert.rejects(
    insert('doubtful', () => {
      learned += 1;
    }),
    unavailable,
  );
  assert.equal(learned, 1, 'what is kept in memory must not be older than the records');
  assert.deepEqual(errors, [fault]);

  // Somebody who reads keeps the log from being taken over.
  const other = new DatabaseSync(path, { readOnly: true });
  t.after(() => other.close());
  other.exec('BEGIN');
  other.prepare('select count(*) from repositories').get();
  await insert('later').catch(() => {});
  other.exec('COMMIT');

  fails = false;
  await insert('last');
  for (const name of ['doubtful', 'last'])
    assert.ok(await repositories.find(storage.reader, registry, name), name);
});

test('the reader cannot write', async (t) => {
  const { storage, repositories } = await openTemporary(t);
  await assert.rejects(
    async () => repositories.insert(storage.reader as Tx, newRepository('sneaked')),
    /readonly/,
  );
});

test('parameters that SQLite would store as something else are refused', () => {
  assert.deepEqual(sqliteParameters(['a', 1, 2n, null, new Uint8Array(1)]).length, 5);
  for (const value of [true, undefined, new Date(0), {}, [], Symbol('s')])
    assert.throws(() => sqliteParameters([value]), /not a value that SQLite keeps/);
});

test('a database of a newer version is refused', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  await (await openMetadata({ path, onError: unexpected })).close();
  const database = new DatabaseSync(path);
  database.exec("insert into schema_migrations values (99, '0099-from-the-future', 1)");
  database.close();
  await assert.rejects(openMetadata({ path, onError: unexpected }), /newer version/);
});

test('rows that were acknowledged before a kill -9 are there afterwards', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const fixture = new URL('./metadata-writer.ts', import.meta.url).pathname;
  let acknowledged: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, [fixture, path, `round${round}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      // In the middle of the writes.
      if (lines.length === 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    assert.ok(lines.length >= 200, 'the writer wrote');
    acknowledged = acknowledged.concat(lines);
  }
  const metadata = await openMetadata({ path, onError: unexpected });
  for (const name of acknowledged) {
    const repository = await metadata.repositories.find(metadata.storage.reader, registry, name);
    assert.ok(repository, `${name} is lost`);
    assert.equal(
      (await metadata.tags.find(metadata.storage.reader, repository.id, 'latest')) !== undefined,
      true,
    );
  }
  assert.ok(await insertRepository(metadata, 'after'));
  await metadata.close();
});
