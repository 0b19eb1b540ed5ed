// Whatever is done to an audit log by somebody without the key shows.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readHead } from '../../src/adapters/audit/head.ts';
import { AuditLog } from '../../src/adapters/audit/log.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import {
  chainedAgain,
  check,
  key,
  linesOf,
  problemOf,
  quiet,
  segment,
  storeLines,
  temporary,
  written,
} from '../helpers/audit-log.ts';

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

  test('a record that has the right predecessor and the wrong number', async (t) => {
    const directory = await written(t, 3);
    const lines = linesOf(segment(directory));
    const last = lines.length;
    writeFileSync(
      segment(directory),
      `${[...lines.slice(0, -1), (lines.at(-1) ?? '').replace(`"sequence":${last}`, `"sequence":${last + 1}`)].join('\n')}\n`,
    );
    assert.match(await problemOf(directory), new RegExp(`^${last}: record ${last} is missing`));
    assert.notEqual((await verifyAuditLog({ directory, keys: undefined })).problem, undefined);
  });

  for (const kind of ['Broken', 'HeadLost', 'MarkLost', 'DatabaseBehind'] as const)
    test(`a note ${kind} in a chain that is whole`, async (t) => {
      const directory = temporary(t);
      const log = await AuditLog.open({ ...quiet, directory });
      log.note({ kind, reason: 'it was so' });
      await log.close();
      assert.match(await problemOf(directory), /^4: the server found the log broken .*: it was so/);
      assert.notEqual((await verifyAuditLog({ directory, keys: undefined })).problem, undefined);
    });

  test('many records without a seal', async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory });
    for (let n = 0; n < 1500; n += 1) await log.append(`"event":{"n":${n}}`, false);
    await log.append('"event":{}', true);
    const lines = linesOf(segment(directory)).filter(
      (line, at) => at < 3 || !line.includes('"kind":"Sealed"'),
    );
    await log.close();
    storeLines(segment(directory), chainedAgain(lines));
    const { problems } = await check(directory);
    assert.ok(problems.some(({ what }) => /stand without a seal/.test(what)));
  });

  test('seals that were all taken out, for who has the key', async (t) => {
    const directory = await written(t, 3);
    const lines = linesOf(segment(directory)).filter((line) => !line.includes('"kind":"Sealed"'));
    storeLines(segment(directory), chainedAgain(lines));
    assert.notEqual((await check(directory)).problem, undefined);
  });
});

describe('a head of two slots', () => {
  test('is found by the other slot when the newest one is torn, once and again', async (t) => {
    const directory = temporary(t);
    const log = await AuditLog.open({ ...quiet, directory });
    for (let n = 0; n < 3; n += 1) {
      await log.append(`"event":{"n":${n}}`, true);
      await log.renewHead();
      const path = join(directory, 'head');
      const whole = readFileSync(path);
      const sequences = [0, 512].map((at) =>
        Number(/"sequence":(\d+)/.exec(whole.toString('latin1', at, at + 512))?.[1]),
      );
      const newest = (sequences[0] ?? 0) > (sequences[1] ?? 0) ? 0 : 512;
      const torn = Buffer.from(whole);
      torn.fill(0, newest + 100, newest + 512);
      writeFileSync(path, torn);
      const found = await readHead(directory, [key]);
      assert.ok(found.kind === 'good');
      assert.equal(found.head.sequence, Math.min(...sequences));
      assert.equal((await check(directory)).problem, undefined, 'the rest is beyond the head');
      writeFileSync(path, whole);
    }
    await log.close();
    writeFileSync(join(directory, 'head'), Buffer.alloc(1024));
    assert.match(await problemOf(directory), /the head was not made under this master key/);
  });

  for (const member of ['sequence', 'segment', 'bytes', 'mark', 'latest', 'finding'] as const)
    test(`is under the key with its ${member}`, async (t) => {
      const directory = await written(t, 3);
      const path = join(directory, 'head');
      const head = readFileSync(path, 'latin1');
      const changed = head.replaceAll(
        new RegExp(`"${member}":(\\d+)`, 'g'),
        (_, value: string) => `"${member}":${Number(value) + 1}`,
      );
      assert.notEqual(changed, head);
      writeFileSync(path, changed, 'latin1');
      assert.equal((await readHead(directory, [key])).kind, 'bad');
    });

  test('is under the key with whether the log was closed', async (t) => {
    const directory = await written(t, 3);
    const path = join(directory, 'head');
    const head = readFileSync(path, 'latin1');
    const swapped = head.replaceAll(/"closed":(true|false)/g, (_, closed: string) =>
      closed === 'true' ? '"closed":false' : '"closed":true ',
    );
    writeFileSync(path, swapped, 'latin1');
    assert.equal((await readHead(directory, [key])).kind, 'bad');
  });
});
