// Checkpoints by the thread, on a real database file with small limits.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checkpointer, type CheckpointLimits } from './checkpointer.ts';
import { SqliteConnection } from './dialects/sqlite.ts';
import { GroupCommit } from './group-commit.ts';
import { makeTurnSnapshot } from './turn-snapshot.ts';

const PAGE = 4096;
const LIMITS: CheckpointLimits = { pass: 20, restart: 100, wait: 400 };

function setUp(t: TestContext, limits = LIMITS) {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-checkpoints-'));
  const path = join(directory, 'm.db');
  const connection = new SqliteConnection({ path, readOnly: false });
  connection.execute('CREATE TABLE things (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  const errors: unknown[] = [];
  const checkpointer = new Checkpointer({ path, connection, limits, onError: (e) => errors.push(e) });
  let id = 0;
  t.after(async () => {
    await checkpointer.close();
    connection.close();
    rmSync(directory, { recursive: true });
  });
  return {
    path,
    connection,
    checkpointer,
    errors,
    /** A commit of `pages` pages, as a batch of the group commit. */
    write: async (pages: number): Promise<boolean> => {
      connection.begin();
      for (let i = 0; i < pages; i += 1)
        connection.all('INSERT INTO things VALUES (?, ?)', [(id += 1), new Uint8Array(PAGE - 200)]);
      connection.commit();
      const wait = checkpointer.afterBatch();
      await wait;
      return wait !== undefined;
    },
    rows: () => (connection.all('SELECT count(*) AS n FROM things', [])[0] as { n: number }).n,
    written: () => id,
  };
}

test('few pages start no thread', async (t) => {
  const { connection, write, rows } = setUp(t);
  await write(3);
  assert.equal(connection.walState().checkpointed, 0);
  assert.equal(rows(), 3);
});

test('the log stays bounded however much is written, and nothing is lost', async (t) => {
  const { path, write, rows, written, errors } = setUp(t);
  let waited = 0;
  for (let i = 0; i < 300; i += 1) {
    if (await write(10)) waited += 1;
    assert.ok(statSync(`${path}-wal`).size < 2 * LIMITS.wait * PAGE, 'the log grows on');
  }
  assert.equal(rows(), written());
  assert.ok(waited > 0, 'writers this fast have to wait for the copying');
  assert.ok(statSync(path).size > 1000 * PAGE, 'the pages came into the database file');
  assert.deepEqual(errors, []);
});

test('the log begins anew while readers are held back until each commit is on the disk', async (t) => {
  const limits = { pass: 100, restart: 600, wait: Number.MAX_SAFE_INTEGER };
  const { path, connection, checkpointer } = setUp(t, limits);
  connection.execute('CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY) STRICT');
  const committed = new SqliteConnection({ path, readOnly: true });
  t.after(() => committed.close());
  const snapshot = makeTurnSnapshot(committed);
  const commits = new GroupCommit({
    connection,
    onError: (error) => assert.fail(String(error)),
    readers: snapshot,
    sync: () => sleep(2),
    afterBatch: () => checkpointer.afterBatch(),
  });
  let largest = 0;
  for (let i = 0; i < 1200; i += 1) {
    const insert = async (n: number) =>
      connection.run('INSERT INTO things VALUES (?, ?)', [i * 10 + n, new Uint8Array(PAGE - 200)]);
    const writes = Array.from({ length: 10 }, (_, n) => commits.write(() => insert(n)));
    await Promise.all([...writes, snapshot.rows('SELECT max(id) FROM things', [])]);
    largest = Math.max(largest, statSync(`${path}-wal`).size / PAGE);
  }
  await commits.close();
  assert.ok(largest < 6 * limits.restart, `${largest} pages`);
});

test('when the thread cannot work SQLite makes its own checkpoints', async (t) => {
  const { path, connection, errors } = setUp(t);
  const elsewhere = new Checkpointer({
    path: join(path, 'not-a-directory'),
    connection,
    limits: LIMITS,
    onError: (error) => errors.push(error),
  });
  connection.begin();
  for (let i = 0; i < 50; i += 1)
    connection.all('INSERT INTO things VALUES (?, ?)', [1000 + i, new Uint8Array(PAGE - 200)]);
  connection.commit();
  await elsewhere.afterBatch();
  const automatic = () =>
    (connection.all('PRAGMA wal_autocheckpoint', [])[0] as { wal_autocheckpoint: number }).wal_autocheckpoint;
  // The thread tells its error first and ends a moment later.
  for (let waited = 0; automatic() === 0 && waited < 1000; waited += 1) await sleep(10);
  assert.equal(automatic(), 1000);
  assert.equal(errors.length, 1);
  assert.equal(elsewhere.afterBatch(), undefined);
  await elsewhere.close();
});
