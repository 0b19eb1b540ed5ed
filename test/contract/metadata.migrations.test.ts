// What migrations make of rows that an earlier version wrote.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { SqliteConnection, sqlite } from '../../src/adapters/metadata/dialects/sqlite.ts';
import { migrate } from '../../src/adapters/metadata/migrate.ts';
import { migrations } from '../../src/adapters/metadata/migrations/index.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { digest, openTemporary, temporaryDirectory, unexpected } from './metadata-fixture.ts';

interface Test {
  after(fn: () => Promise<void> | void): void;
}

/** A database as the version wrote it whose newest migration is `last`, with `rows`; opened by this version. */
async function upgraded(t: Test, last: string, rows: string) {
  const path = join(temporaryDirectory(t), 'm.db');
  const old = new SqliteConnection({ path, readOnly: false });
  const count = migrations.findIndex(({ name }) => name === last) + 1;
  assert.ok(count > 0, last);
  await migrateTo(old, count);
  for (const statement of rows.split(';\n')) old.execute(statement);
  old.close();
  const metadata = await openMetadata({ path, onError: unexpected });
  t.after(() => metadata.close());
  return metadata;
}

const migrateTo = (connection: SqliteConnection, count: number): Promise<void> =>
  migrate(connection.kysely(), sqlite, 1, migrations.slice(0, count));

test('a schema that is brought up in two steps is the one that is made in one', async (t) => {
  const path = join(temporaryDirectory(t), 'm.db');
  const connection = new SqliteConnection({ path, readOnly: false });
  t.after(() => connection.close());
  await migrateTo(connection, 3);
  await migrate(connection.kysely(), sqlite, 1);
  const [row] = await connection.rows<{ n: number }>('select count(*) as n from schema_migrations', []);
  assert.equal(row?.n, migrations.length);
});

test('signatures of before are known as managed by the records of their jobs, and nothing else is', async (t) => {
  const [image, signature, attached, copied] = [digest(1), digest(2), digest(3), digest(4)];
  const repository = (id: number) =>
    `insert into repositories (id, account_id, region, name, created_at, tag_mutability, tag_mutability_exclusions, scan_on_push, encryption, image_count)
     values (${id}, '123456789012', 'us-east-1', 'r${id}', 1, 'MUTABLE', '[]', 0, '{}', 0);\n`;
  const row = (id: number, of: string, subject?: string) =>
    `insert into images (repository_id, digest, media_type, subject_digest, manifest_size_bytes, image_size_bytes, pushed_at, tag_count, is_tagged)
     values (${id}, '${of}', 'm', ${subject === undefined ? 'null' : `'${subject}'`}, 1, 1, 1, 0, 0);\n`;
  const job = (id: string, repositoryId: number, signed: string, made: string) =>
    `insert into signing_jobs (id, account_id, region, profile_name, profile_version, invoker, requested_by, repository_id, digest, status, signature_digest, attempts, created_at)
     values ('${id}', '123456789012', 'us-east-1', 'p', 'abcdefghij', 'i', 'r', ${repositoryId}, '${signed}', 'Succeeded', '${made}', 1, 1);\n`;
  const rows = [
    repository(1),
    repository(2),
    row(1, image),
    row(1, signature, image),
    row(1, attached, image),
    // A client copied the signature to another repository.
    row(2, image),
    row(2, signature, image),
    // A record that names what does not refer to what was signed.
    row(1, copied, digest(9)),
    job('one', 1, image, signature),
    job('two', 1, image, copied),
  ].join('');
  const annotated = `update images set annotations = '{"org.opencontainers.image.created":"2026-05-06T07:08:09Z"}'
    where repository_id = 1 and digest = '${signature}'`;
  const { storage, images, signingJobs } = await upgraded(t, '0008-file-identity', `${rows}${annotated}`);
  const { reader } = storage;
  assert.deepEqual(await images.managedSignatures(reader, 1, image), [signature]);
  assert.equal((await images.find(reader, 1, signature))?.signingJobId, 'one');
  for (const other of [image, attached, copied])
    assert.equal((await images.find(reader, 1, other))?.signingJobId, undefined, other);
  assert.deepEqual(await images.managedSignatures(reader, 2, image), []);
  // The time that the signature names itself, in its manifest.
  const { state } = (await signingJobs.findById(reader, 'one')) ?? assert.fail();
  assert.equal(state.status === 'Succeeded' && state.signedAt, Date.UTC(2026, 4, 6, 7, 8, 9));
  const { state: other } = (await signingJobs.findById(reader, 'two')) ?? assert.fail();
  assert.equal(other.status === 'Succeeded' && other.signedAt, undefined);
});

test('whether an image is there is looked up among digests, not among rows with their annotations', async (t) => {
  const { path } = await openTemporary(t);
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  database.exec('pragma foreign_keys = on');
  const pages = new Map(
    database
      .prepare("select name, rootpage from sqlite_schema where name in ('images', 'images_digests')")
      .all()
      .map((row) => [row['rootpage'], String(row['name'])]),
  );
  for (const insert of [
    "insert into image_references (repository_id, parent_digest, kind, child_digest) values (1, 'a', 'layer', 'b')",
    "insert into tags (repository_id, tag, digest, updated_at) values (1, 'a', 'b', 1)",
    "insert into manifests (repository_id, digest, bytes) values (1, 'a', x'00')",
  ]) {
    const opened = database
      .prepare(`explain ${insert}`)
      .all()
      .filter((row) => row['opcode'] === 'OpenRead' && pages.has(row['p2'] as number))
      .map((row) => pages.get(row['p2'] as number));
    assert.deepEqual(opened, ['images_digests'], insert);
  }
});
