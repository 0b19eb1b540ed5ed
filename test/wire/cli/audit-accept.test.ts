// The trail of a real server is damaged: the server starts and says so, and an operator accepts it, with and without the
// server running.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { runCli } from '../../helpers/run-cli.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly kind?: string;
}

class Place {
  readonly dataDir: string;
  readonly logged: Line[] = [];
  #server: TestServer | undefined;

  constructor(t: TestContext) {
    const directory = mkdtempSync(join(tmpdir(), 'sealport-accept-'));
    this.dataDir = join(directory, 'data');
    t.after(async () => {
      await this.stop();
      rmSync(directory, { recursive: true });
    });
  }

  async start(): Promise<TestServer> {
    this.logged.length = 0;
    const log = pino(
      { level: 'info', base: null },
      { write: (line) => void this.logged.push(JSON.parse(line) as Line) },
    );
    this.#server = await startServer({ dataDir: this.dataDir, log });
    return this.#server;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  path(...names: string[]): string {
    return join(this.dataDir, ...names);
  }

  audit(...args: string[]): ReturnType<typeof runCli> {
    return runCli(['audit', ...args, '--data-dir', this.dataDir]);
  }

  /** Kinds of what was found at the start, all logged as errors. */
  findings(): string[] {
    return this.logged.flatMap(({ level, msg, kind }) =>
      level >= 50 && msg === 'audit trail' ? [kind ?? ''] : [],
    );
  }
}

async function attention(server: TestServer): Promise<[number, unknown, string | undefined]> {
  const ready = await fetch(`${server.url}/readyz`);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const body = (await ready.json()) as { readonly attention?: unknown };
  return [ready.status, body.attention, /^sealport_audit_trail_unaccepted (\d)$/m.exec(metrics)?.[1]];
}

const auditFinding = async (place: Place): Promise<string | undefined> => {
  const { stdout } = await runCli(['doctor', '--data-dir', place.dataDir, '--json']);
  const findings = JSON.parse(stdout) as { readonly check: string; readonly outcome: string }[];
  return findings.find(({ check }) => check === 'audit trail')?.outcome;
};

async function prepared(t: TestContext): Promise<Place> {
  const place = new Place(t);
  const server = await place.start();
  assert.ok(place.logged.some(({ msg }) => msg.includes('--audit-keep')));
  assert.deepEqual(await attention(server), [200, undefined, '0']);
  await server.ecr('CreateRepository', { repositoryName: 'one' });
  await place.stop();
  assert.equal(await auditFinding(place), 'ok');
  return place;
}

test('a head that was removed is told until it is accepted beside the running server', async (t) => {
  const place = await prepared(t);
  rmSync(place.path('audit', 'head'));
  assert.equal(await auditFinding(place), 'failed');
  assert.equal((await place.audit('verify')).code, 1);

  for (let start = 0; start < 2; start += 1) {
    const server = await place.start();
    assert.deepEqual(place.findings(), start === 0 ? ['HeadLost'] : []);
    assert.ok(place.logged.some(({ level, msg }) => level >= 50 && msg.includes('sealport audit accept')));
    assert.deepEqual(await attention(server), [200, ['audit trail'], '1']);
    // It works all the same.
    assert.equal((await server.ecr('CreateRepository', { repositoryName: `start-${start}` })).status, 200);
    assert.equal((await place.audit('verify')).code, 1);
    await place.stop();
    assert.equal(await auditFinding(place), 'failed');
  }

  const server = await place.start();
  const accepted = await place.audit('accept', '--reason', 'the head went with\u001b[31m the disk');
  assert.equal(accepted.code, 0, accepted.stderr);
  assert.match(accepted.stdout, /^accepted {2}record \d+ .*there is no head/m);
  assert.match(accepted.stdout, /by the server/);
  assert.ok(!existsSync(place.path('audit', 'accept-request')));
  assert.deepEqual(await attention(server), [200, undefined, '0']);
  const { code, stdout } = await place.audit('verify');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /user .* of the machine accepted record \d+ .*reason: the head went with/);
  assert.ok(!stdout.includes('\u001b[31m'), 'control characters reach no terminal');
  const again = await place.audit('accept', '--reason', 'again');
  assert.deepEqual([again.code, again.stdout.trim()], [0, 'There is nothing to accept.']);
  await place.stop();
  assert.equal(await auditFinding(place), 'ok');
  await place.start();
  assert.deepEqual(place.findings(), []);
});

test('records that are older than the trail knows are told with times, and accepted without a server', async (t) => {
  const place = await prepared(t);
  cpSync(place.path('metadata.db'), place.path('older.db'));
  const server = await place.start();
  await server.ecr('CreateRepository', { repositoryName: 'two' });
  await place.stop();
  for (const end of ['-wal', '-shm']) rmSync(place.path(`metadata.db${end}`), { force: true });
  cpSync(place.path('older.db'), place.path('metadata.db'));
  assert.equal(await auditFinding(place), 'failed');
  const before = await place.audit('verify');
  assert.equal(before.code, 1);
  assert.match(before.stdout, /lacks changes that were acknowledged between 20.*Z and 20.*Z/);

  const without = await place.audit('accept');
  assert.equal(without.code, 2);
  assert.match(without.stderr, /--reason/);
  assert.equal((await place.audit('accept', '--reason', ' ')).code, 2);
  const accepted = await place.audit('accept', '--reason', 'restored', '--json');
  assert.equal(accepted.code, 0, accepted.stderr);
  const { by, problems, left } = JSON.parse(accepted.stdout) as Record<string, readonly unknown[]>;
  assert.deepEqual([by, problems?.length, left], ['this command', 1, []]);
  assert.equal((await place.audit('verify')).code, 0);
  await place.start();
  assert.deepEqual(place.findings(), []);
});

test('a trail that is gone is told, and where it went on', async (t) => {
  const place = await prepared(t);
  rmSync(place.path('audit'), { recursive: true });
  assert.equal(await auditFinding(place), 'failed');
  const before = await place.audit('verify');
  assert.equal(before.code, 1);
  assert.match(before.stdout, /records 1 to \d+ are missing from the end/);
  await place.start();
  assert.deepEqual(place.findings(), ['Broken']);
  assert.equal((await place.audit('accept', '--reason', 'a backup without its trail')).code, 0);
  const { code, stdout } = await place.audit('verify', '--json');
  assert.equal(code, 0, stdout);
  assert.ok((JSON.parse(stdout) as { first: number }).first > 1);
});

test('what has no key asks the server in vain', async (t) => {
  const place = await prepared(t);
  rmSync(place.path('audit', 'head'));
  const server = await place.start();
  const forged = { by: 'mallory', reason: 'none', problems: [], key: 'ab', mac: 'cd' };
  writeFileSync(place.path('audit', 'accept-request'), JSON.stringify(forged));
  for (let n = 0; existsSync(place.path('audit', 'accept-request')) && n < 100; n += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(place.logged.some(({ level, msg }) => level >= 50 && msg.includes('wrong MAC')));
  assert.deepEqual(await attention(server), [200, ['audit trail'], '1']);
  assert.ok(!readFileSync(place.path('audit', '000001.jsonl'), 'utf8').includes('mallory'));
});

test('without a master key nothing is accepted, and none is made', async (t) => {
  const place = await prepared(t);
  rmSync(place.path('master.key'));
  const { code, stderr } = await place.audit('accept', '--reason', 'known');
  assert.equal(code, 1);
  assert.match(stderr, /there is no .*master\.key/);
  assert.ok(!existsSync(place.path('master.key')));
});
