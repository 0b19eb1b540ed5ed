// Whatever the umask: nobody but the server's own user may read its files, those of a backup, and those that an earlier
// version or a careless copy left open.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { image } from './helpers/images.ts';
import { runCli } from './helpers/run-cli.ts';
import { startServer, TEST_CREDENTIALS } from './helpers/start-server.ts';

let directory: string;
let umask: number;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sealport-modes-'));
  // What is made without a mode is open to everybody now.
  umask = process.umask(0);
});
after(async () => {
  process.umask(umask);
  await rm(directory, { recursive: true, force: true });
});

/** Files below the folder that others may read or write, and how many files there are. */
async function openFiles(
  folder: string,
): Promise<{ readonly open: readonly string[]; readonly files: number }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const modes = await Promise.all(
    files.map(async (file) => ({ file, mode: (await stat(file)).mode & 0o777 })),
  );
  return {
    open: modes
      .filter(({ mode }) => (mode & 0o077) !== 0)
      .map(({ file, mode }) => `${relative(folder, file)} ${mode.toString(8)}`),
    files: files.length,
  };
}

test('files of a data directory and of its backup are private; ones that are not are narrowed at the start', async () => {
  const dataDir = join(directory, 'data');
  const backupDir = join(directory, 'backup');
  const run = async () => {
    const server = await startServer({ dataDir });
    try {
      await server.ecr('CreateRepository', { repositoryName: 'app' });
      await server.pushImage('app', 'x', image({ layerBytes: 300_000 }));
      const { open, files } = await openFiles(dataDir);
      assert.deepEqual(open, []);
      assert.ok(files >= 9, `${files} files: the database with its log, the trail, layers, the master key`);
      const env = {
        SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
        SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
      };
      const backup = await runCli(['backup', '--data-dir', dataDir, '--dir', backupDir], { env });
      assert.equal(backup.code, 0, backup.stderr);
      assert.deepEqual((await openFiles(backupDir)).open, []);
    } finally {
      await server.close();
    }
  };
  await run();
  assert.deepEqual((await openFiles(dataDir)).open, []);
  const audit = join(dataDir, 'audit');
  for (const file of [
    ...['metadata.db', 'lock', 'files.lock'].map((name) => join(dataDir, name)),
    ...(await readdir(audit)).map((name) => join(audit, name)),
  ])
    await chmod(file, 0o666);
  assert.ok((await openFiles(dataDir)).open.length >= 5);
  await run();
});
