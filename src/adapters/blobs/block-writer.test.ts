import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BlockWriterOptions, makeBlockWriter } from './block-writer.ts';

const MIB = 1024 * 1024;

async function emptyFile(t: TestContext): Promise<{ readonly path: string; readonly file: FileHandle }> {
  const folder = mkdtempSync(join(tmpdir(), 'sealport-blocks-'));
  const path = join(folder, 'file');
  const file = await open(path, 'w+');
  t.after(async () => {
    await file.close();
    rmSync(folder, { recursive: true });
  });
  return { path, file };
}

/** From the file's beginning. */
function writerOf({ fd }: FileHandle, sync: BlockWriterOptions['sync']) {
  return makeBlockWriter({ fd, position: 0, unsyncedBytes: 0, sync });
}

test('what is written goes to the disk while more comes, and the end waits for it', async (t) => {
  const { path, file } = await emptyFile(t);
  const sizes: number[] = [];
  let syncing = 0;
  const blocks = writerOf(file, async () => {
    syncing += 1;
    assert.equal(syncing, 1, 'one at a time');
    sizes.push((await file.stat()).size);
    await file.datasync();
    await sleep(20);
    syncing -= 1;
  });
  const block = Buffer.alloc(MIB);
  for (let at = 0; at < 100; at += 1) {
    block.fill(at);
    await blocks.add(Buffer.from(block));
    if (at % 32 === 31) await sleep(30);
  }
  await blocks.flush();
  assert.equal(syncing, 0);
  assert.ok(sizes.length >= 2 && sizes.length <= 3, String(sizes));
  assert.ok((sizes[0] ?? 0) >= 28 * MIB, String(sizes));
  const written = readFileSync(path);
  assert.equal(written.length, 100 * MIB);
  for (let at = 0; at < 100; at += 1) assert.equal(written[at * MIB + 17], at);
});

test('a sync that is put off is asked for again with the next block', async (t) => {
  const { file } = await emptyFile(t);
  const asked: number[] = [];
  let blocksTaken = 0;
  const blocks = writerOf(file, () => {
    asked.push(blocksTaken);
    return asked.length < 5 ? undefined : file.datasync();
  });
  for (; blocksTaken < 50; blocksTaken += 1) {
    await blocks.add(Buffer.alloc(MIB));
    await blocks.flush();
  }
  // The thirty-second and the four after it; then another thirty-two would be due.
  assert.deepEqual(asked, [31, 32, 33, 34, 35]);
});

test('after a sync that failed nothing is reported as written', async (t) => {
  const { file } = await emptyFile(t);
  const failure = new Error('the disk lost a page');
  const blocks = writerOf(file, async () => {
    await sleep(5);
    throw failure;
  });
  for (let at = 0; at < 32; at += 1) await blocks.add(Buffer.alloc(MIB));
  // The sync may begin with the last block that is written, after everything was handed over.
  await assert.rejects(blocks.flush(), failure);
  await assert.rejects(Promise.resolve(blocks.add(Buffer.alloc(1))), failure);
  await blocks.settle();
});

test('what was written before counts, however small the parts are', async (t) => {
  const { file } = await emptyFile(t);
  let unsyncedBytes = 0;
  const syncedAfter: number[] = [];
  for (let part = 0; part < 8; part += 1) {
    const blocks = makeBlockWriter({
      fd: file.fd,
      position: part * 10 * MIB,
      unsyncedBytes,
      sync: () => {
        syncedAfter.push(part);
        return file.datasync();
      },
    });
    for (let at = 0; at < 10; at += 1) await blocks.add(Buffer.alloc(MIB));
    await blocks.flush();
    unsyncedBytes = blocks.unsyncedBytes();
  }
  // 32 and 64 of 80 MiB; what is written while a sync begins may count for the next one.
  assert.equal(syncedAfter.length, 2, String(syncedAfter));
});
