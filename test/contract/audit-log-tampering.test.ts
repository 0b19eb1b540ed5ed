// Whatever is done to an audit log by somebody without the key shows.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import { check, key, linesOf, problemOf, segment, written } from '../helpers/audit-log.ts';

describe('what was done to a log shows', () => {
  test('any byte that was changed', async (t) => {
    const directory = await written(t, 6);
    const path = segment(directory);
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
      assert.notEqual((await check(directory)).problem, undefined, `byte ${at}`);
    }
    writeFileSync(path, bytes);
    assert.equal((await check(directory)).problem, undefined);
  });

  test('a record that was removed, moved or put in', async (t) => {
    const directory = await written(t, 6);
    const path = segment(directory);
    const lines = linesOf(path);
    const store = (changed: readonly string[]) => writeFileSync(path, `${changed.join('\n')}\n`);
    for (let at = 0; at < lines.length; at += 1) {
      store(lines.toSpliced(at, 1));
      const { problems } = await check(directory);
      assert.ok(
        problems.some(({ sequence }) => sequence === at + 1),
        `without line ${at + 1}`,
      );
      store(lines.toSpliced(at, 0, lines[at] ?? ''));
      assert.notEqual((await check(directory)).problem, undefined, `line ${at + 1} twice`);
    }
    store([...lines.slice(0, 3), ...lines.slice(4, 5), ...lines.slice(3, 4), ...lines.slice(5)]);
    assert.match(await problemOf(directory), /^4: record 4 is missing/);
  });

  test('an end that was cut off, by lines or by files', async (t) => {
    const directory = await written(t, 60, { segmentBytes: 2000 });
    const segments = readdirSync(directory)
      .filter((name) => name.endsWith('.jsonl'))
      .toSorted();
    assert.ok(segments.length >= 3);
    const last = join(directory, segments.at(-1) ?? '');
    const whole = readFileSync(last);
    const lines = linesOf(last);
    writeFileSync(last, `${lines.slice(0, -1).join('\n')}\n`);
    assert.match(await problemOf(directory), /missing from the end/);
    rmSync(last);
    assert.match(await problemOf(directory), /missing from the end/);
    writeFileSync(last, whole);
    assert.equal((await check(directory)).problem, undefined);
    rmSync(join(directory, segments[1] ?? ''));
    assert.match(await problemOf(directory), /segments 2 to 2 are missing/);
  });

  test('a beginning that was taken away', async (t) => {
    const directory = await written(t, 60, { segmentBytes: 2000 });
    rmSync(segment(directory, 1));
    assert.match(await problemOf(directory), /^1: records 1 to \d+ are missing/);
  });

  test('another log in its place, whole but without its key', async (t) => {
    const directory = await written(t, 3, { keys: () => [{ id: key.id, key: randomBytes(32) }] });
    const { problems } = await check(directory);
    assert.ok(problems.some(({ what }) => what.includes('head was not made under this master key')));
    assert.ok(problems.some(({ what }) => what.includes('it was not made under the master key')));
    // Without a key only the chain is looked at.
    assert.equal((await verifyAuditLog({ directory, keys: undefined })).problem, undefined);
  });

  test('a log that was written anew under an old head', async (t) => {
    const directory = await written(t, 3);
    const forged = await written(t, 30);
    writeFileSync(segment(directory), readFileSync(segment(forged)));
    assert.match(await problemOf(directory), /are not the ones that were written/);
  });

  test('a head that was removed', async (t) => {
    const directory = await written(t, 3);
    rmSync(join(directory, 'head'));
    assert.match(await problemOf(directory), /the head is missing/);
  });
});
