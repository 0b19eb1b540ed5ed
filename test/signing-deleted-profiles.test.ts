// AWS Signer deletes a profile two years after it was canceled; the signing rules that name it stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiClient } from './helpers/api-client.ts';
import { image } from './helpers/images.ts';
import { settledStatuses, setUpSigning, statusesOf } from './helpers/signing-set-up.ts';
import { startServer } from './helpers/start-server.ts';

const DAY_MS = 24 * 3600 * 1000;
const repositoryName = 'team/app';
const path = '/signing-profiles/crash_test';

test('a profile is deleted two years after it was canceled, and a push that was to be signed by it says so', async () => {
  const time = { ahead: 0 };
  const server = await startServer({ clock: { now: () => Date.now() + time.ahead } });
  const get = async (target: string) => server.signer('GET', target);
  const states = async (digest: string) =>
    (await settledStatuses(server, repositoryName, digest)).map(({ status }) => status);
  try {
    const arn = await setUpSigning(server, repositoryName);
    const tagsPath = `/tags/${encodeURIComponent(arn)}`;
    assert.equal((await server.signer('POST', tagsPath, { tags: { team: 'one' } })).status, 200);
    const permission = {
      statementId: 'other',
      action: 'signer:SignPayload',
      principal: '210987654321',
    };
    assert.equal((await server.signer('POST', `${path}/permissions`, permission)).status, 200);
    const first = image();
    await server.pushImage(repositoryName, 'v1', first);
    assert.deepEqual(await states(first.manifest.digest), ['COMPLETE']);
    assert.equal((await server.signer('DELETE', path)).status, 200);

    time.ahead = 729 * DAY_MS;
    assert.equal(await server.upkeep.deleteCanceledProfiles(10), 0);
    assert.equal((await get(path)).body['status'], 'Canceled');

    time.ahead = 731 * DAY_MS;
    assert.equal(await server.upkeep.deleteCanceledProfiles(10), 1);
    assert.equal(await server.upkeep.deleteCanceledProfiles(10), 0);
    const gone = await get(path);
    assert.equal(gone.status, 404, JSON.stringify(gone.body));
    const all = await get('/signing-profiles?statuses=Active&statuses=Canceled&statuses=Revoked');
    assert.deepEqual(all.body['profiles'], []);

    // The status of what was signed stays, and so does the job.
    assert.deepEqual(await states(first.manifest.digest), ['COMPLETE']);
    const { body: list } = await get('/signing-jobs');
    const [job] = list['jobs'] as { jobId: string }[];
    assert.equal((await get(`/signing-jobs/${job?.jobId}`)).body['profileName'], 'crash_test');

    // The login of before has ended.
    const later = apiClient({ ...server, now: () => Date.now() + time.ahead });
    const second = image();
    await later.pushImage(repositoryName, 'v2', second);
    const [failed] = await statusesOf(server, repositoryName, second.manifest.digest);
    assert.equal(failed?.failureCode, 'SIGNING_PROFILE_NOT_FOUND');
    assert.match(failed?.failureReason ?? '', /signing-profiles\/crash_test does not exist\./);

    // The name is free, without what it permitted.
    const again = { platformId: 'Notation-OCI-SHA384-ECDSA' };
    assert.equal((await server.signer('PUT', path, again)).status, 200);
    assert.deepEqual((await get(tagsPath)).body['tags'], {});
    assert.deepEqual((await get(`${path}/permissions`)).body['permissions'], []);
    await later.pushImage(repositoryName, 'v3', second);
    assert.deepEqual(await states(second.manifest.digest), ['COMPLETE']);
  } finally {
    await server.close();
  }
});
