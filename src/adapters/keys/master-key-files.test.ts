import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MasterKeyError, writeMasterKey } from './master-key.ts';
import { readFormerKeys } from './master-key-files.ts';

const ID = '0123456789abcdef';

async function keyPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sealport-former-keys-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'master.key');
}

test('a former key is found whenever it comes into its next state', async (t) => {
  const path = await keyPath(t);
  await writeMasterKey(`${path}.retiring-${ID}`, randomBytes(32));
  const done = new AbortController();
  const states = ['retiring', 'retired'];
  const changing = (async () => {
    for (let n = 0; !done.signal.aborted; n += 1) {
      await rename(`${path}.${states[n % 2]}-${ID}`, `${path}.${states[(n + 1) % 2]}-${ID}`);
      await sleep(1);
    }
  })();
  for (let n = 0; n < 300; n += 1) assert.ok((await readFormerKeys(path)).length > 0);
  done.abort();
  await changing;
});

test('a name without a file is an error, and no folder is no keys', async (t) => {
  const path = await keyPath(t);
  await symlink('nowhere', `${path}.retired-${ID}`);
  await assert.rejects(readFormerKeys(path), MasterKeyError);
  assert.deepEqual(await readFormerKeys(join(path, 'elsewhere', 'master.key')), []);
});
