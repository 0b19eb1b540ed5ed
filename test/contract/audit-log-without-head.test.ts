// Somebody who can write every file but has not the master key: the head is removed, or of an older copy, the chain is
// computed again, rows of the database are changed. Each shows, before a start and for good after it.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { AuditLog, type AuditLogEvent } from '../../src/adapters/audit/log.ts';
import type { MarkStore } from '../../src/adapters/audit/second-place.ts';
import {
  append,
  chainedAgain,
  check,
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

interface Trail {
  readonly directory: string;
  readonly marks: TestMarks;
  /** Head, mark and records of before the last ten events. */
  readonly older: { readonly head: Buffer; readonly mark: string | undefined; readonly lines: string[] };
}

/** A log of twenty events, in two runs. */
async function trail(t: TestContext): Promise<Trail> {
  const directory = temporary(t);
  const marks = await openMarks(t);
  await append(directory, 10, { marks });
  const older = {
    head: readFileSync(join(directory, 'head')),
    mark: await marks.find(),
    lines: linesOf(segment(directory)),
  };
  await append(directory, 10, { marks });
  assert.equal((await check(directory, marks)).problem, undefined);
  return { directory, marks, older };
}

/** It is found now, by the next start, and by every verification after it. */
async function staysFound(directory: string, marks: MarkStore | undefined): Promise<void> {
  assert.notEqual((await check(directory, marks)).problem, undefined, 'before a start');
  for (const start of ['first', 'second']) {
    const events: AuditLogEvent[] = [];
    const log = await AuditLog.open({ ...quiet, directory, marks, onEvent: (event) => events.push(event) });
    await log.append('"event":{"n":"later"}', true);
    assert.ok(log.finding > 0, `${start} start`);
    assert.ok(
      events.some(({ kind }) => kind === 'unaccepted'),
      `${start} start`,
    );
    await log.close();
    assert.notEqual((await check(directory, marks)).problem, undefined, `after the ${start} start`);
  }
}

const rewrite = (directory: string, change: (lines: string[]) => string[]) =>
  storeLines(segment(directory), chainedAgain(change(linesOf(segment(directory)))));

const changes: Readonly<Record<string, (lines: string[]) => string[]>> = {
  'a record is changed': (lines) => lines.map((line) => line.replace('"n":7', '"n":77')),
  'a record is dropped': (lines) => lines.filter((line) => !line.includes('"n":7')),
  'two records change places': (lines) => {
    const at = lines.findIndex((line) => line.includes('"n":3'));
    return lines.toSpliced(at, 2, lines[at + 1] ?? '', lines[at] ?? '');
  },
  'a record is put in': (lines) =>
    lines.toSpliced(
      5,
      0,
      '{"sequence":0,"previous":"","event":{"n":99}}'.replace(
        '"sequence":0,"previous":""',
        `"sequence":1,"previous":"${'0'.repeat(64)}"`,
      ),
    ),
  'the end is cut off': (lines) => lines.slice(0, -4),
  'all seals are taken out with a record': (lines) =>
    lines.filter((line) => !line.includes('"kind":"Sealed"') && !line.includes('"n":7')),
};

describe('the chain is computed again', () => {
  for (const [what, change] of Object.entries(changes)) {
    test(`${what}, and the head is removed`, async (t) => {
      const { directory, marks } = await trail(t);
      rewrite(directory, change);
      rmSync(join(directory, 'head'));
      await staysFound(directory, marks);
    });

    test(`${what}, and head and mark are of an older copy`, async (t) => {
      const { directory, marks, older } = await trail(t);
      rewrite(directory, change);
      writeFileSync(join(directory, 'head'), older.head);
      await marks.replace(older.mark);
      await staysFound(directory, marks);
    });

    test(`${what}, the head is removed, and nobody asks the database`, async (t) => {
      const { directory } = await trail(t);
      rewrite(directory, change);
      rmSync(join(directory, 'head'));
      await staysFound(directory, undefined);
    });
  }
});

describe('an older copy is put back', () => {
  test('of the records and the head: the database knows that there was more', async (t) => {
    const { directory, marks, older } = await trail(t);
    storeLines(segment(directory), older.lines);
    writeFileSync(join(directory, 'head'), older.head);
    // Without the database nothing shows: that is what the mark is for.
    assert.equal((await check(directory)).problem, undefined);
    assert.match(await problemOf(directory, marks), /are missing from the end/);
    await staysFound(directory, marks);
  });

  test('of the database: the trail knows that it had a newer mark', async (t) => {
    const { directory, marks, older } = await trail(t);
    await marks.replace(older.mark);
    assert.match(
      await problemOf(directory, marks),
      /^\d+: the database lacks changes .* between 20.* and 20/,
    );
    await staysFound(directory, marks);
  });

  test('of the head alone: records and mark go further, and nothing is lost', async (t) => {
    const { directory, marks, older } = await trail(t);
    const whole = linesOf(segment(directory));
    writeFileSync(join(directory, 'head'), older.head);
    assert.equal((await check(directory, marks)).problem, undefined);
    await append(directory, 1, { marks });
    assert.deepEqual(linesOf(segment(directory)).slice(0, whole.length), whole);
    assert.equal((await check(directory, marks)).problem, undefined);
  });
});

describe('something is removed', () => {
  test('the head', async (t) => {
    const { directory, marks } = await trail(t);
    rmSync(join(directory, 'head'));
    assert.match(await problemOf(directory, marks), /the head is missing/);
    await staysFound(directory, marks);
  });

  test('the mark in the database', async (t) => {
    const { directory, marks } = await trail(t);
    await marks.replace(undefined);
    assert.match(await problemOf(directory, marks), /the database has no mark/);
    await staysFound(directory, marks);
  });

  test('the whole folder', async (t) => {
    const { directory, marks } = await trail(t);
    rmSync(directory, { recursive: true });
    assert.match(await problemOf(directory, marks), /records 1 to \d+ are missing from the end/);
    await staysFound(directory, marks);
    // It does not begin at 1 as if nothing had been.
    assert.ok((await check(directory, marks)).first > 20);
  });

  test('the newest head, with what came since the one before', async (t) => {
    const { directory, marks } = await trail(t);
    const path = join(directory, 'head');
    const slots = readFileSync(path, 'latin1');
    const sequenceIn = (at: number) => Number(/"sequence":(\d+)/.exec(slots.slice(at, at + 512))?.[1] ?? 0);
    const at = sequenceIn(0) > sequenceIn(512) ? 0 : 512;
    const before = sequenceIn(512 - at);
    writeFileSync(path, `${slots.slice(0, at)}${' '.repeat(512)}${slots.slice(at + 512)}`, 'latin1');
    storeLines(segment(directory), linesOf(segment(directory)).slice(0, before));
    await staysFound(directory, marks);
  });
});

describe('something is not made under the key', () => {
  test('the head', async (t) => {
    const { directory, marks } = await trail(t);
    const path = join(directory, 'head');
    const head = readFileSync(path, 'latin1');
    writeFileSync(
      path,
      head.replaceAll(/"bytes":(\d+)/g, (_, bytes: string) => `"bytes":${'1'.repeat(bytes.length)}`),
      'latin1',
    );
    assert.match(await problemOf(directory, marks), /the head was not made under this master key/);
    await staysFound(directory, marks);
  });

  for (const member of ['sequence', 'segment', 'bytes', 'mark', 'latest', 'finding'] as const)
    test(`the mark, in its ${member}`, async (t) => {
      const { directory, marks } = await trail(t);
      const document = (await marks.find()) ?? assert.fail('there is no mark');
      const changed = JSON.parse(document) as Record<string, unknown>;
      await marks.replace(JSON.stringify({ ...changed, [member]: Number(changed[member]) + 1 }));
      assert.match(await problemOf(directory, marks), /the mark in the database was not made under this/);
      await staysFound(directory, marks);
    });

  test('records that were put behind the end while no server ran', async (t) => {
    const { directory, marks } = await trail(t);
    const lines = linesOf(segment(directory));
    const forged = [...lines, `{"sequence":1,"previous":"${'0'.repeat(64)}","event":{"n":"forged"}}`];
    storeLines(segment(directory), chainedAgain(forged));
    assert.match(await problemOf(directory, marks), /records were added after the server had ended/);
    await staysFound(directory, marks);
  });

  test('a seal of another log', async (t) => {
    const [one, other] = [await trail(t), await trail(t)];
    cpSync(segment(other.directory), segment(one.directory));
    await staysFound(one.directory, one.marks);
  });
});

test('a finding is told in new files: what was found is left as it was', async (t) => {
  const { directory, marks } = await trail(t);
  const cut = linesOf(segment(directory)).slice(0, -3);
  storeLines(segment(directory), cut);
  await append(directory, 1, { marks });
  assert.deepEqual(linesOf(segment(directory)), cut);
  assert.deepEqual(segmentsIn(directory), ['000001.jsonl', '000002.jsonl']);
});
