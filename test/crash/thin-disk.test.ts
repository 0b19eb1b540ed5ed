// A disk that promised more than it has: it takes writes into memory, and fails when they are to be put on it.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFileStore } from '../../src/adapters/blobs/fs.ts';
import { isDomainError } from '../../src/domain/errors.ts';
import type { BlobSource } from '../../src/domain/registry/index.ts';
import { cannotMountExt4, diskOf, MIB, mountExt4 } from '../helpers/disk-world.ts';

test('an upload whose bytes could not be put on the disk ends, and is not taken for whole later', {
  skip: cannotMountExt4 ?? false,
}, async (t) => {
  const small = await diskOf(t, 24);
  const folder = join(small, 'disk');
  mkdirSync(folder);
  // Hooks run in the order of their coming: it must go before the disk that it lies on.
  using mounted = new DisposableStack();
  mounted.defer(mountExt4(join(small, 'image'), folder, 400));
  const store = await openFileStore(folder);
  const id = randomUUID();
  let taken = 0;
  const source: BlobSource = {
    async forEach(take) {
      for (; taken < 300; taken += 1) await take(randomBytes(MIB));
    },
  };
  await assert.rejects(store.uploads.append(id, 'sha256', 0, source, Number.MAX_SAFE_INTEGER), (error) =>
    isDomainError(error, 'StorageUnavailable'),
  );
  assert.ok(taken >= 31 && taken < 300, `told while more came, after ${taken} MiB`);
  assert.ok(!existsSync(join(folder, 'uploads', id)));
  await assert.rejects(store.uploads.digest(id, 'sha256', taken * MIB), (error) =>
    isDomainError(error, 'UploadNotFound'),
  );
});
