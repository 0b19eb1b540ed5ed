// What every store of blob bytes must do, run on the store that keeps files.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  copyFile,
  link,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFileStore } from '../../src/adapters/blobs/fs.ts';
import { isDomainError } from '../../src/domain/errors.ts';
import type { BlobReader, BlobSource } from '../../src/domain/registry/index.ts';
import { type Digest, digestHex, digestOf } from '../../src/shared/digest.ts';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function openStore() {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-blobs-'));
  folders.push(dataDir);
  return { dataDir, store: await openFileStore(dataDir) };
}

/** Chunks of `size` bytes; fails with `failure` at the end when there is one. */
function source(bytes: Uint8Array, size = 64 * 1024, failure?: Error): BlobSource {
  return {
    async forEach(take) {
      for (let at = 0; at < bytes.length; at += size) await take(bytes.subarray(at, at + size));
      if (failure !== undefined) throw failure;
    },
  };
}

async function readAll(reader: BlobReader | undefined): Promise<Buffer> {
  assert.ok(reader !== undefined);
  const bytes = Buffer.alloc(reader.sizeBytes);
  for (let at = 0; at < bytes.length; ) {
    const read = await reader.read(bytes.subarray(at, at + 100_000), at);
    assert.ok(read > 0);
    at += read;
  }
  reader.close();
  return bytes;
}

describe('an upload', () => {
  test('lets every chunk go once, and not before it is written', async () => {
    const { store } = await openStore();
    const bytes = randomBytes(5_000_000);
    const freed: Uint8Array[] = [];
    const id = randomUUID();
    const body: BlobSource = {
      async forEach(take) {
        for (let at = 0; at < bytes.length; at += 60_000) {
          await take(new Uint8Array(bytes.subarray(at, at + 60_000)));
        }
      },
      free(chunk) {
        freed.push(chunk);
        chunk.fill(0);
      },
    };
    await store.uploads.append(id, 'sha256', 0, body, NO_LIMIT);
    assert.equal(freed.length, Math.ceil(bytes.length / 60_000));
    assert.equal(new Set(freed).size, freed.length);
    await store.uploads.publish(id, digestOf(bytes));
    assert.ok((await readAll(await store.blobs.open(digestOf(bytes)))).equals(bytes));
  });

  for (const size of [0, 1, 65_536, 65_537, 1024 * 1024, 5 * 1024 * 1024 + 7]) {
    test(`of ${size} bytes is read back exactly`, async () => {
      const { store } = await openStore();
      const bytes = randomBytes(size);
      const id = randomUUID();
      const ended = await store.uploads.append(id, 'sha256', 0, source(bytes, 50_000), NO_LIMIT);
      assert.deepEqual(ended, { kind: 'whole', sizeBytes: size });
      const digest = await store.uploads.digest(id, 'sha256', size);
      assert.equal(digest, digestOf(bytes));
      await store.uploads.publish(id, digest);
      assert.ok((await readAll(await store.blobs.open(digest))).equals(bytes));
      assert.ok((await readAll(await store.blobs.open(digest))).equals(bytes));
    });
  }

  test('goes on after a restart, and drops what was never acknowledged', async () => {
    const { dataDir, store } = await openStore();
    const bytes = randomBytes(3_000_000);
    const id = randomUUID();
    await store.uploads.append(id, 'sha256', 0, source(bytes.subarray(0, 1_200_000)), NO_LIMIT);
    await appendFile(join(dataDir, 'uploads', id), 'left by a process that died');
    const again = await openFileStore(dataDir);
    const ended = await again.uploads.append(
      id,
      'sha256',
      1_200_000,
      source(bytes.subarray(1_200_000)),
      NO_LIMIT,
    );
    assert.deepEqual(ended, { kind: 'whole', sizeBytes: bytes.length });
    assert.equal(await again.uploads.digest(id, 'sha256', bytes.length), digestOf(bytes));
    await again.uploads.publish(id, digestOf(bytes));
    assert.ok((await readAll(await again.blobs.open(digestOf(bytes)))).equals(bytes));
  });

  test('keeps what arrived when its source is cut short', async () => {
    const { store } = await openStore();
    const bytes = randomBytes(2_500_000);
    const id = randomUUID();
    const cause = new Error('the client is gone');
    const cut = await store.uploads.append(
      id,
      'sha256',
      0,
      source(bytes.subarray(0, 1_700_000), 64_000, cause),
      NO_LIMIT,
    );
    assert.deepEqual(cut, { kind: 'cut', sizeBytes: 1_700_000, cause });
    await store.uploads.append(id, 'sha256', 1_700_000, source(bytes.subarray(1_700_000)), NO_LIMIT);
    assert.equal(await store.uploads.digest(id, 'sha256', bytes.length), digestOf(bytes));
  });

  test('has a digest of either algorithm', async () => {
    const { store } = await openStore();
    const bytes = randomBytes(1_500_000);
    const id = randomUUID();
    await store.uploads.append(id, 'sha256', 0, source(bytes), NO_LIMIT);
    const digest = await store.uploads.digest(id, 'sha512', bytes.length);
    assert.equal(digest, digestOf(bytes, 'sha512'));
    assert.equal(await store.uploads.digest(id, 'sha256', bytes.length), digestOf(bytes));
    await store.uploads.publish(id, digest);
    assert.ok((await readAll(await store.blobs.open(digest))).equals(bytes));
  });

  test('ends at its limit', async () => {
    const { store } = await openStore();
    const append = store.uploads.append(randomUUID(), 'sha256', 0, source(randomBytes(200_000)), 199_999);
    await assert.rejects(append, (error) => isDomainError(error, 'LayerTooLarge'));
  });

  test('whose bytes are gone is not found', async () => {
    const { dataDir, store } = await openStore();
    const id = randomUUID();
    const bytes = randomBytes(10);
    const gone = (error: unknown) => isDomainError(error, 'UploadNotFound');
    await assert.rejects(store.uploads.append(id, 'sha256', 10, source(bytes), NO_LIMIT), gone);
    await assert.rejects(store.uploads.digest(id, 'sha256', 10), gone);
    await writeFile(join(dataDir, 'uploads', id), 'short');
    await assert.rejects(store.uploads.append(id, 'sha256', 10, source(bytes), NO_LIMIT), gone);
  });

  test('that is discarded leaves nothing, and may be discarded again', async () => {
    const { dataDir, store } = await openStore();
    const id = randomUUID();
    await store.uploads.append(id, 'sha256', 0, source(randomBytes(10)), NO_LIMIT);
    await store.uploads.discard(id);
    await store.uploads.discard(id);
    assert.deepEqual(await readdir(join(dataDir, 'uploads')), []);
  });

  test('is told as untouched after its time', async () => {
    const { store } = await openStore();
    const ids = [randomUUID(), randomUUID()].sort();
    for (const id of ids) await store.uploads.append(id, 'sha256', 0, source(randomBytes(10)), NO_LIMIT);
    assert.deepEqual(await store.uploads.untouched(Date.now() - 60_000, 10), []);
    assert.deepEqual([...(await store.uploads.untouched(Date.now() + 60_000, 10))].sort(), ids);
    assert.equal((await store.uploads.untouched(Date.now() + 60_000, 1)).length, 1);
  });
});

test('many uploads of one blob at a time end as one file', async () => {
  const { dataDir, store } = await openStore();
  const bytes = randomBytes(3_000_000);
  const digest = digestOf(bytes);
  await Promise.all(
    Array.from({ length: 8 }, async (_, at) => {
      const id = randomUUID();
      await store.uploads.append(id, 'sha256', 0, source(bytes, 10_000 + at), NO_LIMIT);
      assert.equal(await store.uploads.digest(id, 'sha256', bytes.length), digest);
      await store.uploads.publish(id, digest);
    }),
  );
  const file = join(dataDir, 'blobs', 'sha256', digestHex(digest).slice(0, 2), digestHex(digest));
  assert.ok((await readFile(file)).equals(bytes));
  assert.deepEqual(await readdir(join(dataDir, 'uploads')), []);
});

describe('a blob', () => {
  async function stored(bytes: Uint8Array) {
    const { store } = await openStore();
    const id = randomUUID();
    await store.uploads.append(id, 'sha256', 0, source(bytes), NO_LIMIT);
    await store.uploads.publish(id, digestOf(bytes));
    return store;
  }

  test('that is not there is undefined', async () => {
    const { store } = await openStore();
    assert.equal(await store.blobs.open(digestOf(Buffer.from('nothing'))), undefined);
  });

  for (const size of [1000, 100_000]) {
    test(`of ${size} bytes is gone after its deletion, also when it was read before`, async () => {
      const bytes = randomBytes(size);
      const store = await stored(bytes);
      await readAll(await store.blobs.open(digestOf(bytes)));
      await store.blobs.delete(digestOf(bytes));
      await store.blobs.delete(digestOf(bytes));
      assert.equal(await store.blobs.open(digestOf(bytes)), undefined);
    });
  }

  test('is read by many at a time, and no file stays open', async () => {
    const { store } = await openStore();
    const blobs: { bytes: Buffer; digest: Digest }[] = [];
    for (let made = 0; made < 600; made += 1) {
      const bytes = randomBytes(100);
      const id = randomUUID();
      await store.uploads.append(id, 'sha256', 0, source(bytes), NO_LIMIT);
      await store.uploads.publish(id, digestOf(bytes));
      blobs.push({ bytes, digest: digestOf(bytes) });
    }
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let round = 0; round < 2; round += 1) {
      const read = await Promise.all(
        [...blobs, ...blobs].map(async ({ bytes, digest }) =>
          (await readAll(await store.blobs.open(digest))).equals(bytes),
        ),
      );
      assert.ok(read.every(Boolean));
    }
    assert.equal(await openFiles(), before);
  });
});

describe('the identity of a file', () => {
  async function published(size: number) {
    const { dataDir, store } = await openStore();
    const bytes = randomBytes(size);
    const digest = digestOf(bytes);
    async function publish() {
      const id = randomUUID();
      await store.uploads.append(id, 'sha256', 0, source(bytes), NO_LIMIT);
      return store.uploads.publish(id, digest);
    }
    async function identity() {
      const reader = await store.blobs.open(digest);
      reader?.close();
      assert.equal((await store.blobs.stat(digest))?.identity, reader?.identity);
      return reader?.identity;
    }
    const file = join(dataDir, 'blobs', 'sha256', digestHex(digest).slice(0, 2), digestHex(digest));
    return { file, publish, identity };
  }

  test('is told by the upload that put it there, and stays while nobody touches it', async () => {
    const { publish, identity } = await published(65_537);
    const first = await publish();
    assert.ok(first !== undefined);
    assert.equal(await identity(), first);
    assert.equal(await identity(), first);
    const second = await publish();
    assert.notEqual(second, first);
    assert.equal(await identity(), second);
  });

  test('is the same after chmod and a hard link', async () => {
    const { file, publish, identity } = await published(100_000);
    const first = await publish();
    await sleep(20);
    await chmod(file, 0o640);
    await link(file, `${file}.link`);
    assert.equal(await identity(), first);
  });

  test('is none for a small one', async () => {
    const { publish, identity } = await published(65_536);
    assert.equal(await publish(), undefined);
    assert.equal(await identity(), undefined);
  });

  const changes: Readonly<Record<string, (path: string) => Promise<void>>> = {
    async 'a byte was changed'(path) {
      const file = await open(path, 'r+');
      await file.write(Buffer.of(1), 0, 1, 1000);
      await file.close();
    },
    'it was touched': (path) => utimes(path, new Date(), new Date()),
    async 'a copy took its place'(path) {
      await copyFile(path, `${path}.copy`);
      await rename(`${path}.copy`, path);
    },
  };
  for (const [what, change] of Object.entries(changes))
    test(`is another one when ${what}`, async () => {
      const { file, publish, identity } = await published(100_000);
      const before = await publish();
      // Longer than a tick of the file system's clock.
      await sleep(20);
      await change(file);
      const after = await identity();
      assert.ok(after !== undefined && after !== before);
    });
});

describe('what was read a short while ago', () => {
  const bytes = randomBytes(3 * 1024 * 1024 + 5);

  async function openRead() {
    const { store } = await openStore();
    const id = randomUUID();
    await store.uploads.append(id, 'sha256', 0, source(bytes), NO_LIMIT);
    await store.uploads.publish(id, digestOf(bytes));
    const reader = await store.blobs.open(digestOf(bytes));
    assert.ok(reader?.fromMemory !== undefined);
    assert.equal(reader.fromMemory.has(0, bytes.length), false, 'nobody has read it');
    const all = Buffer.alloc(bytes.length);
    assert.equal(await reader.read(all, 0), bytes.length);
    assert.ok(reader.fromMemory.has(0, bytes.length));
    return { reader, memory: reader.fromMemory };
  }

  test('is read without waiting', async () => {
    const { reader, memory } = await openRead();
    const part = Buffer.alloc(100_000);
    assert.equal(memory.read(part, 1_000_001), part.length);
    assert.ok(part.equals(bytes.subarray(1_000_001, 1_100_001)));
    assert.equal(memory.read(part, bytes.length - 10), 10, 'less at the end only');
    reader.close();
  });

  test('goes straight to a socket, as far as it takes it', {
    skip: process.platform !== 'linux',
  }, async () => {
    const { reader, memory } = await openRead();
    assert.ok(memory.send !== undefined);
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(listener, 'connection')) as [Socket & { _handle: { fd: number } }];
    let sent = 0;
    // Nobody reads: it is full some time.
    for (let taken = -1; taken !== 0 && sent < bytes.length; sent += taken) {
      taken = memory.send(socket._handle.fd, sent, bytes.length - sent, true);
    }
    assert.ok(sent > 0);
    socket.end();
    const received = Buffer.concat(await client.toArray());
    assert.ok(received.equals(bytes.subarray(0, sent)));
    assert.equal(memory.send(-1, 0, 10, true), 0, 'no socket');
    listener.close();
    reader.close();
  });
});

test('the store is ready while its directories are there', async () => {
  const { dataDir, store } = await openStore();
  await store.blobs.check();
  await rm(join(dataDir, 'blobs'), { recursive: true });
  await assert.rejects(store.blobs.check(), (error) => isDomainError(error, 'StorageUnavailable'));
});

test('names that are not ours never become paths', async () => {
  const { store } = await openStore();
  await assert.rejects(store.blobs.open('sha256:../../etc/passwd'));
  await assert.rejects(store.uploads.discard('../credentials'));
  await assert.rejects(store.uploads.append('../x', 'sha256', 0, source(randomBytes(1)), NO_LIMIT));
});
