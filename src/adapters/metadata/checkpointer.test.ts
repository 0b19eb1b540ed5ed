// Checkpoints by the thread, on a real database file with small limits.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Checkpointer, type CheckpointLimits } from './checkpointer.ts';
import { SqliteConnection } from './dialects/sqlite.ts';

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
