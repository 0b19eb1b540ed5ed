import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { runCli } from '../../helpers/run-cli.ts';
import { startServer } from '../../helpers/start-server.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-cli-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('exit codes', () => {
  const wrong: readonly (readonly [args: readonly string[], reason: RegExp])[] = [
    [[], /Usage: sealport/],
    [['bogus'], /unknown command 'bogus'/],
    [['status'], /missing required argument 'image'/],
    [['status', 'app', '--nonsense'], /unknown option '--nonsense'/],
    [['status', 'NOT_AN_IMAGE'], /is no image/],
    [['status', 'app', '--timeout', '1e9'], /--timeout: must be a number of seconds/],
    [['serve', '--port', '70000'], /^sealport: --port: "70000" must be a number from 0 to 65535$/m],
    [['serve', '--database-url', 'postgres://u:secret@h/d'], /--database-url: the value is not offered yet/],
    [['trust', 'export'], /required option '--dir <dir>'/],
    [['login', 'telnet'], /Allowed choices are docker/],
  ];
  for (const [args, reason] of wrong)
    test(`2 and a reason for: sealport ${args.join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCli(args, { cwd: directory });
      assert.equal(code, 2);
      assert.match(stderr, reason);
      assert.equal(stdout, '');
      assert.ok(!stderr.includes('secret'));
    });

  test('0 for --help and --version', async () => {
    for (const args of [['--help'], ['--version'], ['status', '--help'], ['trust', 'export', '--help']]) {
      const { code, stdout } = await runCli(args);
      assert.equal(code, 0);
      assert.notEqual(stdout, '');
    }
  });

  test('1 when nothing listens at the endpoint', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    await new Promise((resolve) => server.close(resolve));
    const { code, stderr } = await runCli(
      ['status', 'app', '--endpoint', `http://127.0.0.1:${address.port}`],
      {
        env: { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) },
        cwd: directory,
      },
    );
    assert.equal(code, 1);
    assert.match(stderr, /nothing listens there/);
  });
});

describe('serve --print-config', () => {
  test('shows values with their sources and no secret', async () => {
    const file = join(directory, 'sealport.yaml');
    writeFileSync(file, 'region: eu-west-1\n');
    const secret = 'very-secret-very-secret-very-secret-very';
    const { code, stdout } = await runCli(['serve', '--print-config', '--config', file, '--port', '7000'], {
      env: {
        SEALPORT_ACCOUNT_ID: '000000000007',
        SEALPORT_ROOT_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        SEALPORT_ROOT_SECRET_ACCESS_KEY: secret,
      },
    });
    assert.equal(code, 0);
    assert.match(stdout, /^port: "7000" +# flag$/m);
    assert.match(stdout, /^account-id: "000000000007" +# SEALPORT_ACCOUNT_ID$/m);
    assert.ok(stdout.includes(`# ${file}\n`));
    assert.ok(!stdout.includes(secret));
  });
});

describe('doctor', () => {
  interface Finding {
    readonly check: string;
    readonly outcome: string;
    readonly detail: string;
  }

  async function findings(dataDir: string): Promise<{ code: number | null; of: Map<string, Finding> }> {
    // Port 0 is free on any machine; what else listens there is not this test's matter.
    const { code, stdout } = await runCli(['doctor', '--json', '--port', '0', '--data-dir', dataDir]);
    const list = JSON.parse(stdout) as readonly Finding[];
    return { code, of: new Map(list.map((finding) => [finding.check, finding])) };
  }

  test('finds nothing wrong with a directory that does not exist yet', async () => {
    const { code, of } = await findings(join(directory, 'data'));
    assert.equal(code, 0);
    assert.equal(of.get('data directory')?.outcome, 'skipped');
  });

  test('warns of a data directory that is open to others', async () => {
    const dataDir = join(directory, 'data');
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o755);
    const { of } = await findings(dataDir);
    assert.equal(of.get('data directory')?.outcome, 'warning');
  });

  test('looks at modes of keys, their place, a change of the master key, and the end of the audit trail', async () => {
    const dataDir = join(directory, 'data');
    await (await startServer({ dataDir })).close();
    const good = (await findings(dataDir)).of;
    assert.equal(good.get('file modes')?.outcome, 'ok');
    assert.equal(good.get('audit trail')?.outcome, 'ok');
    assert.equal(good.get('master key change')?.outcome, 'ok');
    assert.equal(good.get('master key place')?.outcome, 'warning');

    const next = join(dataDir, 'master.key.next');
    writeFileSync(next, 'x');
    chmodSync(next, 0o644);
    const log = join(dataDir, 'audit', '000001.jsonl');
    truncateSync(log, statSync(log).size - 10);
    const { code, of } = await findings(dataDir);
    assert.equal(code, 1);
    assert.equal(of.get('file modes')?.outcome, 'failed');
    assert.match(of.get('file modes')?.detail ?? '', /master\.key\.next/);
    assert.equal(of.get('master key change')?.outcome, 'warning');
    assert.equal(of.get('audit trail')?.outcome, 'failed');
  });

  test('fails on files that others may read, a missing master key, a broken database', async () => {
    const dataDir = join(directory, 'data');
    mkdirSync(dataDir, { mode: 0o700 });
    writeFileSync(join(dataDir, 'credentials'), '[sealport]\n');
    chmodSync(join(dataDir, 'credentials'), 0o644);
    writeFileSync(join(dataDir, 'metadata.db'), 'this is no database, however long it may be\n'.repeat(200));
    const { code, of } = await findings(dataDir);
    assert.equal(code, 1);
    assert.equal(of.get('root credentials')?.outcome, 'failed');
    assert.match(of.get('root credentials')?.detail ?? '', /mode 0644/);
    assert.equal(of.get('master key')?.outcome, 'failed');
    assert.equal(of.get('database')?.outcome, 'failed');
  });
});
