// A clock that jumped ahead and came back, under a whole server: nothing is ever dated later than the clock shows, signing
// waits without losing attempts while everything else goes on, and an operator lets it continue.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminClient } from './helpers/admin-client.ts';
import { awaitedEvents } from './helpers/audit-trail.ts';
import { image, type TestImage } from './helpers/images.ts';
import { settledStatuses, setUpSigning, statusesOf } from './helpers/signing-set-up.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

const repositoryName = 'team/app';
const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;

async function setUp(t: TestContext) {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-clock-'));
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  let server: TestServer | undefined;
  t.after(async () => {
    await server?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const running = (): TestServer => server ?? assert.fail('no server runs');
  const world = {
    clock,
    get server() {
      return running();
    },
    admin: adminClient(running, () => clock.now()),
    async restart() {
      await server?.close();
      server = await startServer({ dataDir, clock });
    },
    async push(): Promise<TestImage> {
      const made = image();
      await running().pushImage(repositoryName, made.manifest.digest, made);
      return made;
    },
    /** Times, epoch ms, that the signatures of an image name; what follows from the clock must hold for each. */
    async signed({ manifest }: TestImage): Promise<readonly number[]> {
      const statuses = await settledStatuses(running(), repositoryName, manifest.digest);
      assert.deepEqual(
        statuses.map(({ status, failureReason }) => [status, failureReason]),
        [['COMPLETE', undefined]],
      );
      const list = (await world.get(`/v2/${repositoryName}/referrers/${manifest.digest}`)) as {
        manifests: { annotations: Record<string, string> }[];
      };
      return list.manifests.map(({ annotations }) =>
        Date.parse(annotations['org.opencontainers.image.created'] ?? ''),
      );
    },
    async get(path: string): Promise<unknown> {
      const authorization = await running().login();
      const answer = await fetch(`${running().url}${path}`, { headers: { authorization } });
      assert.equal(answer.status, 200, path);
      return answer.json();
    },
    async isWaiting({ manifest }: TestImage): Promise<void> {
      // Longer than the first retries of a job would take.
      await sleep(1500);
      const [status] = await statusesOf(running(), repositoryName, manifest.digest);
      assert.equal(status?.status, 'IN_PROGRESS');
    },
    behind: async () => (await world.admin('GET', '/admin/clock')).body,
    signPayload: () =>
      running().signer('POST', '/signing-jobs/with-payload', {
        profileName: 'crash_test',
        payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
        payload: Buffer.from(
          JSON.stringify({
            targetArtifact: {
              mediaType: 'application/vnd.oci.image.manifest.v1+json',
              digest: `sha256:${'ab'.repeat(32)}`,
              size: 10,
            },
          }),
        ).toString('base64'),
      }),
  };
  await world.restart();
  await setUpSigning(running(), repositoryName);
  return world;
}

test('signing waits for a clock that is behind, everything else goes on, and an accepted clock dates what follows', async (t) => {
  const world = await setUp(t);
  const { clock } = world;
  clock.ahead = YEAR_MS;
  const future = await world.push();
  assert.ok((await world.signed(future)).every((time) => time > Date.now() + YEAR_MS / 2));
  assert.equal((await world.signPayload()).status, 200);
  const profile = await world.server.signer('GET', '/signing-profiles/crash_test');
  clock.ahead = 0;
  // A login of the clock that ran ahead would be good for a year.
  await assert.rejects(world.push(), /401 .*has expired/);
  world.server.forgetLogin();

  const waiting = await world.push();
  await world.isWaiting(waiting);
  await world.get(`/v2/${repositoryName}/manifests/${waiting.manifest.digest}`);
  const readiness = (await world.get('/readyz')) as Record<string, unknown>;
  assert.equal(readiness['status'], 'ready');
  assert.deepEqual(readiness['attention'], ['clock']);
  const detail = readiness['clock'] as Record<string, string>;
  assert.equal(detail['status'], 'behind');
  assert.ok(Math.abs(Date.parse(detail['since'] ?? '') - Date.now()) < MINUTE_MS);
  assert.ok(Date.parse(detail['newestRecord'] ?? '') > Date.now() + YEAR_MS / 2);
  const metrics = await (await fetch(`${world.server.url}/metrics`)).text();
  const behind = /^sealport_clock_behind_seconds (\d+)/m.exec(metrics)?.[1];
  assert.ok(Number(behind) > YEAR_MS / 2000);

  const payload = await world.signPayload();
  assert.equal(payload.status, 500);
  assert.match(JSON.stringify(payload.body), /its records know.*InternalServiceErrorException/);
  const revocation = await world.server.signer('PUT', '/signing-profiles/crash_test/revoke', {
    profileVersion: profile.body['profileVersion'],
    reason: 'test',
    effectiveTime: Math.floor(Date.now() / 1000) - 10,
  });
  assert.equal(revocation.status, 500);
  assert.match(JSON.stringify(revocation.body), /its records know/);
  const put = await world.server.signer('PUT', '/signing-profiles/another', {
    platformId: 'Notation-OCI-SHA384-ECDSA',
  });
  assert.equal(put.status, 500);

  const shown = await world.behind();
  assert.equal(shown['status'], 'BEHIND');
  const newest = String(shown['newestRecord']);
  assert.equal((await world.admin('POST', '/admin/clock?newest-record=yesterday')).status, 400);
  assert.equal(
    (await world.admin('POST', `/admin/clock?newest-record=${new Date().toISOString()}`)).status,
    409,
  );
  const accepted = await world.admin('POST', `/admin/clock?newest-record=${newest}`);
  assert.equal(accepted.status, 200);
  const [event] = (await awaitedEvents(world.server.dataDir, { eventName: 'AcceptClock' })).filter(
    ({ errorCode }) => errorCode === undefined,
  );
  assert.deepEqual(event?.requestParameters, { 'newest-record': newest });
  assert.equal((await world.admin('POST', `/admin/clock?newest-record=${newest}`)).status, 409);

  for (const time of await world.signed(waiting))
    assert.ok(time <= Date.now() && time > Date.now() - MINUTE_MS);
  const [job] = await jobsOf(world.server, waiting);
  assert.equal(job?.attempts ?? 1, 1);
  assert.equal((await world.signPayload()).status, 200);
  assert.equal((await world.behind())['status'], 'RIGHT');
  assert.equal(((await world.get('/readyz')) as Record<string, unknown>)['attention'], undefined);
});

test('the mark outlives a restart; a clock that catches up needs nobody', async (t) => {
  const world = await setUp(t);
  const { clock } = world;
  clock.ahead = 10 * MINUTE_MS;
  await world.signed(await world.push());
  clock.ahead = 0;
  await world.restart();
  const waiting = await world.push();
  await world.isWaiting(waiting);
  await world.restart();
  await world.isWaiting(waiting);
  clock.ahead = 10 * MINUTE_MS;
  await world.signed(waiting);
});

test('a small step back stops nothing, and nothing is dated after the clock', async (t) => {
  const world = await setUp(t);
  const { clock } = world;
  for (const ahead of [45_000, 0]) {
    clock.ahead = ahead;
    for (const time of await world.signed(await world.push())) assert.ok(time <= clock.now());
  }
});

test('a profile that was made while the clock was ahead signs only under a new version', async (t) => {
  const world = await setUp(t);
  const { clock, server } = world;
  clock.ahead = YEAR_MS;
  const put = async () => {
    await server.signer('DELETE', '/signing-profiles/crash_test');
    return server.signer('PUT', '/signing-profiles/crash_test', {
      platformId: 'Notation-OCI-SHA384-ECDSA',
    });
  };
  assert.equal((await put()).status, 200);
  clock.ahead = 0;
  const newest = String((await world.behind())['newestRecord']);
  assert.equal((await world.admin('POST', `/admin/clock?newest-record=${newest}`)).status, 200);
  const pushed = await world.push();
  const [failed] = await settledStatuses(server, repositoryName, pushed.manifest.digest);
  assert.deepEqual([failed?.status, failed?.failureCode], ['FAILED', 'SIGNING_KEY_UNAVAILABLE']);
  assert.match(failed?.failureReason ?? '', /later than now.*put it again/);
  const payload = await world.signPayload();
  assert.equal(payload.status, 400);
  assert.match(JSON.stringify(payload.body), /put it again/);
  assert.equal((await put()).status, 200);
  await server.pushManifest(repositoryName, pushed.manifest.digest, pushed.manifest);
  await world.signed(pushed);
});

async function jobsOf(
  server: TestServer,
  { manifest }: TestImage,
): Promise<readonly { attempts?: number }[]> {
  const events = await awaitedEvents(server.dataDir, { eventName: 'SignImage' });
  return events
    .filter(({ serviceEventDetails }) => serviceEventDetails?.['imageDigest'] === manifest.digest)
    .map(({ serviceEventDetails }) => ({ attempts: Number(serviceEventDetails?.['attempts']) }));
}
