// `sealport clock accept` on a data directory whose records have a time of a year to come: without a server and beside one.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { apiClient } from '../../helpers/api-client.ts';
import { auditedEvents } from '../../helpers/audit-trail.ts';
import { image } from '../../helpers/images.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { startServe } from '../../helpers/serve-process.ts';
import { settledStatuses, setUpSigning, statusesOf } from '../../helpers/signing-set-up.ts';
import { startServer, TEST_CREDENTIALS } from '../../helpers/start-server.ts';

const YEAR_MS = 365 * 86_400_000;
const env = {
  SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
  SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
};

/** A data directory in which something was signed a year from now. */
async function ofNextYear(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-clock-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const dataDir = join(directory, 'data');
  let ahead = 0;
  const server = await startServer({ dataDir, clock: { now: () => Date.now() + ahead } });
  await setUpSigning(server, 'team/app');
  ahead = YEAR_MS;
  const made = image();
  await server.pushImage('team/app', 'v1', made);
  await settledStatuses(server, 'team/app', made.manifest.digest);
  await server.close();
  return dataDir;
}

interface Outcome {
  readonly by: string;
  readonly status: string;
  readonly accepted: boolean;
  readonly newestRecord: string;
}

async function accept(dataDir: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli(
    ['clock', 'accept', '--data-dir', dataDir, '--json', ...args],
    { env },
  );
  return { code, outcome: JSON.parse(stdout || '{}') as Outcome, stderr };
}

const doctor = (dataDir: string) => runCli(['doctor', '--data-dir', dataDir], { env });

test('without a server: shows the times, accepts with --yes, and it is in the audit trail', async (t) => {
  const dataDir = await ofNextYear(t);
  assert.match((await doctor(dataDir)).stdout, /^failed +signing clock +the clock is \d+ s behind/m);
  const shown = await accept(dataDir);
  assert.equal(shown.code, 1, shown.stderr);
  assert.deepEqual([shown.outcome.status, shown.outcome.accepted], ['BEHIND', false]);
  assert.ok(Date.parse(shown.outcome.newestRecord) > Date.now() + YEAR_MS / 2);
  const accepted = await accept(dataDir, '--yes');
  assert.deepEqual(
    [accepted.code, accepted.outcome.by, accepted.outcome.accepted],
    [0, 'this command', true],
  );
  const [event, ...others] = await auditedEvents(dataDir, { eventName: 'AcceptClock' });
  assert.equal(others.length, 0);
  assert.deepEqual(event?.requestParameters, { 'newest-record': shown.outcome.newestRecord });
  assert.match(event?.userIdentity.userName ?? '', /of the machine$/);
  const again = await accept(dataDir, '--yes');
  assert.deepEqual([again.code, again.outcome.status, again.outcome.accepted], [0, 'RIGHT', false]);
  assert.match(
    (await doctor(dataDir)).stdout,
    /^warning +signing clock +1 signatures are dated later than now/m,
  );
});

test('beside a server: the server is asked, and signing continues', async (t) => {
  const dataDir = await ofNextYear(t);
  const server = await startServe(dataDir, { env });
  t.after(async () => {
    server.child.kill('SIGTERM');
    await server.result;
  });
  const client = apiClient({ url: server.url, credentials: TEST_CREDENTIALS, region: 'us-east-1' });
  const made = image();
  await client.pushImage('team/app', 'v2', made);
  const endpoint = ['--endpoint', server.url];
  const shown = await accept(dataDir, ...endpoint);
  assert.deepEqual([shown.code, shown.outcome.by, shown.outcome.status], [1, 'the server', 'BEHIND']);
  const [waiting] = await statusesOf(client, 'team/app', made.manifest.digest);
  assert.equal(waiting?.status, 'IN_PROGRESS');
  const text = await runCli(['clock', 'accept', '--data-dir', dataDir, '--yes', ...endpoint], { env });
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^Accepted by the server: signing continues/m);
  const [signed] = await settledStatuses(client, 'team/app', made.manifest.digest);
  assert.equal(signed?.status, 'COMPLETE');
});
