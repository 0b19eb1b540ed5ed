// What an operator has accepted passes; whatever is wrong beside it, or changed later, does not.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  hasAcceptRequest,
  readAcceptRequest,
  writeAcceptRequest,
} from '../../src/adapters/audit/accept-request.ts';
import { AuditLog } from '../../src/adapters/audit/log.ts';
import type { AuditKey } from '../../src/adapters/audit/seal.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import {
  append,
  chainedAgain,
  check,
  key,
  linesOf,
  openMarks,
  problemOf,
  quiet,
  segment,
  segmentsIn,
  storeLines,
  type TestMarks,
  temporary,
} from '../helpers/audit-log.ts';

async function accept(directory: string, marks: TestMarks, reason = 'known'): Promise<number> {
  const log = await AuditLog.open({ ...quiet, directory, marks });
  const { problems } = await check(directory, marks);
  await log.accept({
    by: 'tester',
    reason,
    problems: problems.map(({ what, pin }) => ({ what, pin: pin ?? assert.fail(`${what} has no pin`) })),
  });
  assert.equal(log.finding, 0);
  await log.close();
  return problems.length;
}

async function brokenTrail(
  t: TestContext,
  harm: (directory: string, marks: TestMarks) => Promise<void> | void,
) {
  const directory = temporary(t);
  const marks = await openMarks(t);
  await append(directory, 30, { marks, segmentBytes: 2000 });
  await harm(directory, marks);
  return { directory, marks };
}

const harms: Readonly<Record<string, (directory: string, marks: TestMarks) => Promise<void> | void>> = {
  'a head that is gone': (directory) => rmSync(join(directory, 'head')),
  'a mark that is gone': (_, marks) => marks.replace(undefined),
  'a folder that is gone': (directory) => rmSync(directory, { recursive: true }),
  'a file that is gone': (directory) => rmSync(segment(directory, 2)),
  'a beginning that is gone': (directory) => rmSync(segment(directory, 1)),
  'an end that is gone': (directory) => rmSync(join(directory, segmentsIn(directory).at(-1) ?? '')),
  'a record that was changed': (directory) => {
    const path = segment(directory, 2);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"n":(\d)/, '"n":9$1'));
  },
  'lines that are none': (directory) => {
    const lines = linesOf(segment(directory, 2));
    storeLines(segment(directory, 2), lines.toSpliced(2, 3, 'not', 'records'));
  },
  'a chain that was computed again': (directory) => {
    const lines = linesOf(segment(directory, 1)).map((line) => line.replace('"n":1}', '"n":11}'));
    storeLines(segment(directory, 1), chainedAgain(lines));
  },
};

for (const [what, harm] of Object.entries(harms))
  test(`${what}: accepted, it passes, tells by whom and why, and what comes after it is verified`, async (t) => {
    const { directory, marks } = await brokenTrail(t, harm);
    assert.ok((await accept(directory, marks, 'I know')) > 0);
    await append(directory, 5, { marks, segmentBytes: 2000 });
    const { problem, accepted } = await check(directory, marks);
    assert.equal(problem, undefined, problem?.what);
    assert.equal(accepted.length, 1);
    const [acceptance] = accepted;
    assert.deepEqual([acceptance?.by, acceptance?.reason], ['tester', 'I know']);
    assert.match(acceptance?.at ?? '', /^20\d\d-/);
    assert.ok((acceptance?.problems.length ?? 0) > 0);
    // Again there is nothing.
    assert.equal(await accept(directory, marks), 0);

    const newest = join(directory, segmentsIn(directory).at(-1) ?? '');
    const text = readFileSync(newest, 'utf8');
    writeFileSync(newest, text.replace('"n":4', '"n":5'));
    assert.notEqual((await check(directory, marks)).problem, undefined, 'a record after it');
    writeFileSync(newest, text);
    assert.equal((await check(directory, marks)).problem, undefined);
    rmSync(join(directory, 'head'));
    assert.notEqual((await check(directory, marks)).problem, undefined, 'the head again');
  });

test('what is changed where something was accepted is found again', async (t) => {
  const { directory, marks } = await brokenTrail(t, harms['a record that was changed'] ?? assert.fail());
  await accept(directory, marks);
  const path = segment(directory, 2);
  const text = readFileSync(path, 'utf8');
  for (const [from, to] of [
    [/"n":9(\d)/, '"n":8$1'],
    [/"note":\{"kind":"SegmentOpened"/, '"note":{"kind":"segmentOpened"'],
  ] as const) {
    writeFileSync(path, text.replace(from, to));
    assert.notEqual(readFileSync(path, 'utf8'), text);
    assert.notEqual((await check(directory, marks)).problem, undefined, String(from));
  }
});

test('an acceptance that was not made under the key counts for nothing', async (t) => {
  const { directory, marks } = await brokenTrail(t, (folder) => rmSync(join(folder, 'head')));
  await append(directory, 1, { marks });
  const { problems } = await check(directory, marks);
  const foreign: AuditKey = { id: 'fedcba9876543210', key: randomBytes(32) };
  for (const by of [foreign, { ...foreign, id: key.id }]) {
    const path = join(directory, segmentsIn(directory).at(-1) ?? '');
    const [lines, head] = [readFileSync(path), readFileSync(join(directory, 'head'))];
    const log = await AuditLog.open({ ...quiet, directory, keys: () => [by, key] });
    await log.accept({
      by: 'nobody',
      reason: 'none',
      problems: problems.map(({ what, pin }) => ({ what, pin: pin ?? '' })),
    });
    await log.close();
    writeFileSync(join(directory, 'head'), head);
    assert.notEqual((await check(directory, marks)).problem, undefined);
    // The server does not take it over either.
    await append(directory, 1, { marks });
    const after = await check(directory, marks);
    assert.ok(after.problems.some(({ what }) => /there is no head/.test(what)));
    assert.deepEqual(after.accepted, []);
    writeFileSync(path, lines);
  }
});

test('more problems than one note holds are accepted together', async (t) => {
  const { directory, marks } = await brokenTrail(t, async (folder) => {
    const lines = linesOf(segment(folder, 1));
    const path = join(folder, segmentsIn(folder).at(-1) ?? '');
    const strange = Array.from({ length: 300 }, (_, n) => [`strange ${n}`, lines[n % 2] ?? '']).flat();
    const own = linesOf(path);
    storeLines(path, [...own.slice(0, 1), ...strange, ...own.slice(1)]);
  });
  assert.ok((await accept(directory, marks)) > 300);
  const { problem, accepted } = await check(directory, marks);
  assert.equal(problem, undefined, problem?.what);
  assert.ok(accepted.length >= 3);
});

test('under a new master key, and when the former one is gone, all stands', async (t) => {
  const { directory, marks } = await brokenTrail(t, (folder) => rmSync(join(folder, 'head')));
  await accept(directory, marks, 'before the change');
  const next: AuditKey = { id: 'aaaaaaaaaaaaaaaa', key: randomBytes(32) };
  let keys = [key];
  const log = await AuditLog.open({ ...quiet, directory, marks, keys: () => keys });
  await log.append('"event":{"n":1}', true);
  keys = [next, key];
  await log.renewHead();
  keys = [next];
  await log.append('"event":{"n":2}', true);
  await log.close();
  const { problem, accepted } = await verifyAuditLog({ directory, keys: [next], marks });
  assert.equal(problem, undefined, problem?.what);
  assert.equal(accepted[0]?.reason, 'before the change');
  // And with the former alone nothing of now is believed.
  assert.notEqual((await verifyAuditLog({ directory, keys: [key], marks })).problem, undefined);
});

test('a request for the server is whole, and of the key', async (t) => {
  const directory = temporary(t);
  const acceptance = { by: 'tester', reason: 'known', problems: [{ what: 'something', pin: 'ab' }] };
  assert.equal(await hasAcceptRequest(directory), false);
  await writeAcceptRequest(directory, acceptance, key);
  assert.equal(await hasAcceptRequest(directory), true);
  assert.deepEqual(await readAcceptRequest(directory, [key]), acceptance);
  const path = join(directory, 'accept-request');
  const text = readFileSync(path, 'utf8');
  for (const changed of [text.replace('known', 'other'), text.replace('"ab"', '"cd"'), '{', '[]', 'null'])
    await t.test(changed.slice(0, 20), async () => {
      writeFileSync(path, changed);
      assert.equal(await readAcceptRequest(directory, [key]), 'bad');
    });
  assert.match(await problemOf(directory, await marksWithTrail(t)), /missing from the end/);
});

async function marksWithTrail(t: TestContext): Promise<TestMarks> {
  const marks = await openMarks(t);
  await append(temporary(t), 1, { marks });
  return marks;
}
