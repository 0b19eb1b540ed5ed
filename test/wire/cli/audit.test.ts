import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from '../../helpers/run-cli.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

let directory: string;
let dataDir: string;
let server: TestServer | undefined;
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-cli-audit-'));
  dataDir = join(directory, 'data');
  server = await startServer({ dataDir });
  for (const repositoryName of ['team/one', 'team/two', 'other'])
    await server.ecr('CreateRepository', { repositoryName });
  await server.ecr('DescribeRepositories', { registryId: '999999999999' });
});
after(async () => {
  await server?.close();
  rmSync(directory, { recursive: true });
});

const audit = (...args: string[]) => runCli(['audit', ...args, '--data-dir', dataDir]);
const eventsOf = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { eventName: string; requestParameters: { repositoryName?: string } });

test('verify passes beside the running server', async () => {
  const { code, stdout } = await audit('verify');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /nothing is missing, nothing was changed/);
  const { stdout: json } = await audit('verify', '--json');
  const report = JSON.parse(json) as { records: number; headChecked: boolean };
  assert.ok(report.records >= 6 && report.headChecked);
});

test('export gives the events that pass, one a line', async () => {
  const names = async (...filter: string[]) => {
    const { code, stdout } = await audit('export', ...filter);
    assert.equal(code, 0);
    return eventsOf(stdout).map(
      ({ eventName, requestParameters }) => requestParameters.repositoryName ?? eventName,
    );
  };
  assert.deepEqual(await names('--event', 'CreateRepository'), ['team/one', 'team/two', 'other']);
  assert.deepEqual(await names('--resource', 'arn:aws:ecr:us-east-1:123456789012:repository/team/*'), [
    'team/one',
    'team/two',
  ]);
  assert.deepEqual(await names('--outcome', 'denied'), ['DescribeRepositories']);
  assert.deepEqual(await names('--principal', 'arn:aws:iam::123456789012:user/nobody'), []);
  assert.deepEqual(await names('--until', '2020-01-01'), []);
  assert.equal((await names('--from', '2020-01-01', '--principal', 'AKIATESTTESTTESTTEST')).length, 4);
});

test('export --chain gives the lines as they are stored', async () => {
  const { stdout } = await audit('export', '--chain', '--event', 'CreateRepository');
  const stored = readFileSync(join(dataDir, 'audit', '000001.jsonl'), 'utf8');
  for (const line of stdout.trimEnd().split('\n')) assert.ok(stored.includes(`${line}\n`));
});

test('2 for a time that is none, 1 where there is no trail', async () => {
  const wrong = await audit('export', '--from', 'yesterday');
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--from: must be a time/);
  const none = await runCli(['audit', 'verify', '--data-dir', join(directory, 'nowhere')]);
  assert.equal(none.code, 1);
  assert.match(none.stderr, /there is no audit trail/);
});

test('verify names the first record that was changed, and ends with 1', async () => {
  await server?.close();
  server = undefined;
  const path = join(dataDir, 'audit', '000001.jsonl');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('"repositoryName":"team/two"', '"repositoryName":"team/owt"'));
  const { code, stdout } = await audit('verify');
  assert.equal(code, 1);
  const at = text.split('\n').findIndex((line) => line.includes('"repositoryName":"team/two"')) + 1;
  // It shows at the line behind it.
  const place = `record ${at} (file 1, line ${at + 1}): it is not the one on which record ${at + 1} was built`;
  assert.ok(stdout.includes(place), stdout);
});
