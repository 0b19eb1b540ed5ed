// Events of a range of times: all of them, and no more of the log is read than it takes.
import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type AuditFilter, exportAuditLog } from '../../src/adapters/audit/export.ts';
import { AuditLog } from '../../src/adapters/audit/log.ts';
import { segmentsWithin } from '../../src/adapters/audit/time-range.ts';
import { linesOf, quiet, segment, segmentsIn, storeLines, temporary } from '../helpers/audit-log.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

interface Facts {
  readonly n?: number;
  readonly errorCode?: string;
  readonly resource?: string;
}

const eventOf = (at: number, { n = 0, errorCode, resource }: Facts): string =>
  `"event":${JSON.stringify({
    eventTime: new Date(at).toISOString(),
    eventName: 'PutImage',
    n,
    errorCode,
    resources: resource === undefined ? [] : [{ ARN: resource }],
    userIdentity: { type: 'Unknown' },
    pad: 'x'.repeat(500),
  })}`;

/** A log with an event at each of these times. */
async function logOf(t: TestContext, times: readonly number[]): Promise<string> {
  const directory = temporary(t);
  let now = times[0] ?? START;
  const log = await AuditLog.open({ ...quiet, directory, now: () => now, segmentBytes: 3000 });
  for (const [n, at] of times.entries()) {
    now = at;
    await log.append(eventOf(at, { n }), true);
  }
  await log.close();
  return directory;
}

async function exported(directory: string, filter: AuditFilter): Promise<number[]> {
  const found: number[] = [];
  for await (const line of exportAuditLog(directory, filter, false))
    found.push((JSON.parse(line) as { readonly n: number }).n);
  return found;
}

function within(directory: string, from?: number, until?: number): Promise<readonly number[]> {
  const all = segmentsIn(directory).map((name) => Number(name.slice(0, 6)));
  return segmentsWithin((number) => segment(directory, number), all, from, until);
}

describe('a range of times', () => {
  const times = Array.from({ length: 60 }, (_, n) => START + n * DAY);

  test('has what is in it, both ends included', async (t) => {
    const directory = await logOf(t, times);
    for (const [from, until] of [
      [0, 59],
      [0, 0],
      [59, 59],
      [17, 17],
      [20, 41],
    ] as const) {
      const wanted = Array.from({ length: until - from + 1 }, (_, n) => from + n);
      assert.deepEqual(await exported(directory, { from: times[from], until: times[until] }), wanted);
    }
    assert.deepEqual(await exported(directory, { from: times[58] }), [58, 59]);
    assert.deepEqual(await exported(directory, { until: times[1] }), [0, 1]);
    assert.deepEqual(await exported(directory, { from: START + 400 * DAY }), []);
    assert.deepEqual(await exported(directory, { until: START - DAY }), []);
  });

  test('reads its own segments, and the first lines of the others', async (t) => {
    const directory = await logOf(t, times);
    const all = segmentsIn(directory);
    assert.ok(all.length > 12, `${all.length} segments`);
    const some = await within(directory, times[30], times[32]);
    assert.ok(some.length <= 3, `reads ${some.join(', ')}`);
    // Of the others nothing but the first line is there any more.
    for (const name of all) {
      const path = join(directory, name);
      if (some.includes(Number(name.slice(0, 6)))) continue;
      truncateSync(path, Buffer.byteLength(linesOf(path)[0] ?? '') + 1);
    }
    assert.deepEqual(await exported(directory, { from: times[30], until: times[32] }), [30, 31, 32]);
  });

  test('is whole after the clock went back, and in segments of an earlier version', async (t) => {
    // A month ahead for a while.
    const jumped = [0, 1, 2, 32, 33, 34, 3, 4, 5, 35].map((day) => START + day * DAY);
    const directory = await logOf(t, jumped);
    for (const [n, at] of jumped.entries())
      assert.deepEqual(await exported(directory, { from: at - HOUR, until: at + HOUR }), [n], `event ${n}`);
    assert.ok((await within(directory, jumped[6], jumped[6])).length < segmentsIn(directory).length);

    const old = await logOf(t, times);
    for (const name of segmentsIn(old)) {
      const path = join(old, name);
      storeLines(
        path,
        linesOf(path).map((line) => line.replace(/,"since":"[^"]+"(?:,"latest":"[^"]+")?/, '')),
      );
    }
    for (const n of [0, 30, 59])
      assert.deepEqual(await exported(old, { from: times[n], until: times[n] }), [n]);
    assert.ok((await within(old, times[30], times[30])).length <= 3);
  });

  test('has what waited for a disk for hours', async (t) => {
    const directory = temporary(t);
    let now = START;
    let refuses = false;
    const log = await AuditLog.open({
      ...quiet,
      directory,
      now: () => now,
      sync: 'always',
      segmentBytes: 1000,
      force: async (file) => {
        if (refuses) throw new Error('EIO');
        await file.datasync();
      },
    });
    await log.append(eventOf(now, { n: 0 }), true);
    refuses = true;
    await assert.rejects(log.append(eventOf(now, { n: 1 }), true));
    now += 5 * HOUR;
    refuses = false;
    while (log.fault !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await log.append(eventOf(now, { n: 2 }), true);
    await log.close();
    assert.deepEqual(await exported(directory, { until: START + HOUR }), [0, 1]);
    assert.deepEqual(await exported(directory, { from: START + 4 * HOUR }), [2]);
  });
});

test('events pass by how they ended and by their resource', async (t) => {
  const directory = temporary(t);
  const log = await AuditLog.open({ ...quiet, directory });
  const facts: readonly Facts[] = [
    { resource: 'arn:aws:ecr:us-east-1:1:repository/a' },
    { resource: 'arn:aws:ecr:us-east-1:1:repository/ab', errorCode: 'AccessDeniedException' },
    { resource: 'arn:aws:ecr:us-east-1:1:repository/a/b', errorCode: 'RepositoryNotFoundException' },
  ];
  for (const [n, each] of facts.entries()) await log.append(eventOf(START, { ...each, n }), true);
  await log.close();
  assert.deepEqual(await exported(directory, { outcome: 'ok' }), [0]);
  assert.deepEqual(await exported(directory, { outcome: 'failed' }), [1, 2]);
  assert.deepEqual(await exported(directory, { outcome: 'denied' }), [1]);
  const resource = 'arn:aws:ecr:us-east-1:1:repository/a';
  assert.deepEqual(await exported(directory, { resource }), [0]);
  assert.deepEqual(await exported(directory, { resource: `${resource}*` }), [0, 1, 2]);
});
