// The process is killed at each step of a settling: between records, seal, mark in the database and head. Nothing that was
// acknowledged is missing, and nothing is found that is not so; a database that lost something is found.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readHead } from '../../src/adapters/audit/head.ts';
import { AuditLog, type AuditLogEvent } from '../../src/adapters/audit/log.ts';
import type { AuditKey } from '../../src/adapters/audit/seal.ts';
import type { MarkStore } from '../../src/adapters/audit/second-place.ts';
import { verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { segmentsIn, temporary } from '../helpers/audit-log.ts';

const key: AuditKey = { id: 'k', key: Buffer.alloc(32, 7) };
const source = (path: string) => JSON.stringify(new URL(`../../src/adapters/${path}`, import.meta.url).href);

const STEPS = ['before the force', 'after the force', 'before the mark', 'after the mark', 'after the head'];

/**
 * Opens log and database, acknowledges records on standard output, and dies at the step of the settling after so many
 * records: by that time some settlings went well.
 */
async function dieAt(directory: string, step: string, records: number): Promise<readonly number[]> {
  const script = `
    import { openMetadata } from ${source('metadata/open.ts')};
    import { AuditLog } from ${source('audit/log.ts')};
    import { writeSync } from 'node:fs';
    const step = ${JSON.stringify(step)};
    let isTime = false;
    const at = (here) => { if (isTime && here === step) process.kill(process.pid, 'SIGKILL'); };
    const metadata = await openMetadata({ path: ${JSON.stringify(join(directory, 'metadata.db'))}, onError: () => {} });
    const { storage, auditMarks } = metadata;
    const log = await AuditLog.open({
      directory: ${JSON.stringify(join(directory, 'audit'))}, now: () => Date.now(), segmentBytes: 1000,
      keys: () => [{ id: 'k', key: Buffer.alloc(32, 7) }], onEvent: () => {},
      async force(file) { at('before the force'); await file.datasync(); at('after the force'); },
      marks: {
        find: () => auditMarks.find(storage.reader),
        async put(document) {
          at('before the mark');
          await storage.write((tx) => auditMarks.put(tx, document));
          at('after the mark');
        },
      },
    });
    for (let n = 0; n < ${records}; n += 1) {
      await log.append('"event":{"n":' + n + '}', true);
      writeSync(1, n + '\\n');
      if (n % 5 === 0) await log.renewHead();
    }
    isTime = true;
    await log.append('"event":{"n":${records}}', true);
    writeSync(1, '${records}\\n');
    await log.renewHead();
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const signal = await new Promise((resolve) => {
    child.once('close', (_, by) => resolve(by));
  });
  assert.equal(signal, 'SIGKILL');
  return output.trim().split('\n').map(Number);
}

async function withMarks<T>(directory: string, work: (marks: MarkStore) => Promise<T>): Promise<T> {
  const metadata = await openMetadata({
    path: join(directory, 'metadata.db'),
    onError: (error) => assert.fail(String(error)),
  });
  const { storage, auditMarks } = metadata;
  try {
    return await work({
      find: () => auditMarks.find(storage.reader),
      put: (document) => storage.write((tx) => auditMarks.put(tx, document)),
    });
  } finally {
    await metadata.close();
  }
}

/** What a start finds, after which the log is closed. */
function startOn(directory: string): Promise<{ readonly found: string[]; readonly problems: string[] }> {
  return withMarks(directory, async (marks) => {
    const events: AuditLogEvent[] = [];
    const audit = join(directory, 'audit');
    const log = await AuditLog.open({
      directory: audit,
      keys: () => [key],
      now: () => Date.now(),
      marks,
      onEvent: (event) => events.push(event),
    });
    await log.close();
    const { problems } = await verifyAuditLog({ directory: audit, keys: [key], marks });
    return {
      found: events.flatMap((event) =>
        event.kind === 'noted' ? [event.note.kind] : event.kind === 'unaccepted' ? [event.kind] : [],
      ),
      problems: problems.map(({ what }) => what),
    };
  });
}

for (const step of STEPS)
  test(`killed ${step}, again and again`, async (t) => {
    const directory = temporary(t);
    let acknowledged = 0;
    for (const records of [0, 4, 11]) {
      acknowledged += (await dieAt(directory, step, records)).length;
      const before = await withMarks(directory, (marks) =>
        verifyAuditLog({ directory: join(directory, 'audit'), keys: [key], marks }),
      );
      assert.deepEqual(before.problems, [], `before the start after ${records}`);
      const { found, problems } = await startOn(directory);
      assert.deepEqual(problems, []);
      assert.ok(
        found.every((kind) => kind === 'Unsealed'),
        found.join(),
      );
    }
    assert.ok(segmentsIn(join(directory, 'audit')).length > 2);
    const { records, notes } = await withMarks(directory, (marks) =>
      verifyAuditLog({ directory: join(directory, 'audit'), keys: [key], marks }),
    );
    assert.ok(records >= acknowledged && notes.every(({ note }) => note.kind === 'Unsealed'));
  });

/** Changes a byte of the last commit but so many in the write-ahead log: SQLite passes over it and all after it. */
function damageLog(t: TestContext, path: string): number {
  const file = openSync(path, 'r+');
  t.after(() => closeSync(file));
  const header = Buffer.alloc(32);
  readSync(file, header, 0, 32, 0);
  const frameBytes = 24 + header.readUInt32BE(8);
  const { size } = fstatSync(file);
  let frames = 0;
  for (let at = 32; at + frameBytes <= size; at += frameBytes) {
    const frame = Buffer.alloc(24);
    readSync(file, frame, 0, 24, at);
    if (frame.compare(header, 16, 24, 8, 16) !== 0) break;
    frames += 1;
  }
  const at = 32 + (frames - 2) * frameBytes + 24 + 100;
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, at);
  writeSync(file, Buffer.of((byte[0] ?? 0) ^ 255), 0, 1, at);
  return frames;
}

test('a write-ahead log that was damaged after the crash: what the database lost is found, and stays found', async (t) => {
  const directory = temporary(t);
  await dieAt(directory, 'after the head', 21);
  assert.ok(damageLog(t, join(directory, 'metadata.db-wal')) > 4);
  for (const first of [true, false]) {
    const { found, problems } = await startOn(directory);
    assert.deepEqual(found, first ? ['DatabaseBehind', 'unaccepted'] : ['unaccepted']);
    assert.equal(problems.length, 1);
    assert.match(
      problems[0] ?? '',
      /the database lacks changes that were acknowledged between 20.*Z and 20.*Z/,
    );
  }
});

test('a mark is put when its records are on the disk, a head names it when the database has it', async (t) => {
  const directory = temporary(t);
  const stored: { document: string | undefined } = { document: undefined };
  let forced = 0;
  let puts = 0;
  const marks: MarkStore = {
    find: async () => stored.document,
    async put(document) {
      const mark = JSON.parse(document) as { readonly bytes: number; readonly mark: number };
      assert.ok(mark.bytes <= forced, 'the mark is ahead of the disk');
      const head = await readHead(directory, [key]);
      assert.ok(head.kind !== 'good' || head.head.mark < mark.mark, 'the head is ahead of the database');
      stored.document = document;
      puts += 1;
    },
  };
  const log = await AuditLog.open({
    directory,
    marks,
    keys: () => [key],
    now: () => Date.now(),
    onEvent: (event) => assert.notEqual(event.kind, 'no-mark'),
    async force(file) {
      const { size } = await file.stat();
      await file.datasync();
      forced = size;
    },
  });
  for (let n = 0; n < 5; n += 1) {
    await log.append(`"event":{"n":${n}}`, true);
    await log.renewHead();
  }
  await log.close();
  assert.ok(puts >= 7, `${puts} marks`);
  const head = await readHead(directory, [key]);
  assert.ok(head.kind === 'good' && head.head.mark === puts && head.head.closed);
});
