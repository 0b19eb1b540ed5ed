// How the store removes what a deleted repository leaves behind.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { digest, insertImage, insertRepository, newImage, openTemporary } from './metadata-fixture.ts';

test('what a deleted repository left is removed part by part, some milliseconds at a time', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories, repositoryRemains: remains } = metadata;
  const repository = await insertRepository(metadata);
  for (let n = 1; n <= 60; n += 1)
    await insertImage(metadata, newImage(repository.id, n), {
      tags: Array.from({ length: 50 }, (_, tag) => `t${n}-${tag}`),
      references: Array.from({ length: 20 }, (_, layer) => ({ kind: 'layer', digest: digest(1000 + layer) })),
    });
  await storage.write((tx) => repositories.delete(tx, repository, 1));
  let parts = 0;
  let longest = 0;
  for (let left = 'more'; left === 'more'; parts += 1)
    left = await storage.write(async (tx) => {
      const before = process.threadCpuUsage();
      const part = await remains.removeSome(tx, repository.id);
      const { user, system } = process.threadCpuUsage(before);
      longest = Math.max(longest, (user + system) / 1000);
      return part;
    });
  assert.ok(parts > 2, `${parts} parts`);
  assert.ok(longest < 100, `a part took ${longest} ms`);
});

test('every table of a repository is emptied in parts, before its images and the repository itself go', async (t) => {
  const metadata = await openTemporary(t);
  const { storage, repositories, repositoryRemains: remains } = metadata;
  const repository = await insertRepository(metadata);
  await storage.write((tx) => repositories.delete(tx, repository, 1));
  while ((await storage.write((tx) => remains.removeSome(tx, repository.id))) === 'more');
  const emptied = [...metadata.statements].flatMap((sql) => /^delete from "(\w+)"/.exec(sql)?.[1] ?? []);
  const database = new DatabaseSync(metadata.path, { readOnly: true });
  t.after(() => database.close());
  const children = database
    .prepare(
      `select distinct tables.name from sqlite_schema as tables, pragma_foreign_key_list(tables.name) as keys
       where tables.type = 'table' and keys."table" in ('images', 'repositories')`,
    )
    .all()
    .map(({ name }) => String(name));
  assert.ok(children.length >= 7);
  assert.deepEqual(
    children.filter((name) => !emptied.includes(name)),
    [],
  );
});
