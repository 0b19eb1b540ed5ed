import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { runCli } from '../../helpers/run-cli.ts';
import { startServe } from '../../helpers/serve-process.ts';

let directory: string;
let dataDir: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-serve-'));
  dataDir = join(directory, 'data');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('serve', () => {
  test('makes its secrets at the first start, tells where they are and never what they are', async () => {
    const server = await startServe(dataDir);
    server.child.kill('SIGTERM');
    const { code, stdout, stderr } = await server.result;
    assert.equal(code, 0);
    const file = join(dataDir, 'credentials');
    for (const path of [file, join(dataDir, 'master.key')])
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
    assert.equal(statSync(dataDir).mode & 0o777, 0o700);
    const secret = /aws_secret_access_key = (\S+)/.exec(readFileSync(file, 'utf8'))?.[1];
    assert.ok(secret !== undefined);
    assert.ok(stderr.includes(file));
    assert.ok(stderr.includes(server.url));
    assert.ok(!`${stdout}${stderr}`.includes(secret));
  });

  test('keeps the key pair over a restart', async () => {
    const pairs: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const server = await startServe(dataDir);
      pairs.push(readFileSync(join(dataDir, 'credentials'), 'utf8'));
      server.child.kill('SIGINT');
      assert.equal((await server.result).code, 0);
    }
    assert.equal(pairs[0], pairs[1]);
  });

  test('refuses a data directory that another server holds, and a taken port, in one line', async () => {
    const server = await startServe(dataDir);
    try {
      const same = await runCli(['serve', '--port', '0', '--data-dir', dataDir]);
      assert.equal(same.code, 1);
      assert.match(same.stderr, /^sealport: the data directory .* is in use by another sealport process\n$/);
      const taken = await runCli([
        'serve',
        '--port',
        String(server.port),
        '--data-dir',
        join(directory, 'b'),
      ]);
      assert.equal(taken.code, 1);
      assert.match(taken.stderr, /^sealport: .*EADDRINUSE.*another program listens there\n$/m);
    } finally {
      server.child.kill('SIGTERM');
      await server.result;
    }
  });

  test('does not start without the master key of its records', async () => {
    const server = await startServe(dataDir);
    server.child.kill('SIGTERM');
    await server.result;
    rmSync(join(dataDir, 'master.key'));
    const { code, stderr } = await runCli(['serve', '--port', '0', '--data-dir', dataDir]);
    assert.equal(code, 1);
    assert.match(stderr, /^sealport: the master key \S+ is missing: put it back/);
    assert.equal(statSync(join(dataDir, 'master.key'), { throwIfNoEntry: false }), undefined);
  });

  test('uses the key pair of the environment and writes none', async () => {
    const env = {
      SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      SEALPORT_ROOT_SECRET_ACCESS_KEY: 'a'.repeat(20) + 'b'.repeat(20),
    };
    const server = await startServe(dataDir, { env });
    try {
      assert.equal(statSync(join(dataDir, 'credentials'), { throwIfNoEntry: false }), undefined);
      const { code, stdout, stderr } = await runCli(['login', '--json', '--endpoint', server.url], {
        env,
        cwd: directory,
      });
      assert.equal(code, 0, stderr);
      assert.equal((JSON.parse(stdout) as { registry: string }).registry, `localhost:${server.port}`);
    } finally {
      server.child.kill('SIGTERM');
      await server.result;
    }
  });

  test('says to doctor that it is ready', async () => {
    const server = await startServe(dataDir);
    try {
      const { code, stdout } = await runCli(['doctor', '--port', String(server.port), '--data-dir', dataDir]);
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok +server +http:\S+ is ready$/m);
      assert.match(stdout, /^ok +database +\S+ is whole$/m);
      assert.match(stdout, /^ok +port +\S+ is taken by the running server$/m);
    } finally {
      server.child.kill('SIGTERM');
      await server.result;
    }
  });
});
