import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelSigningProfileCommand,
  ListSigningJobsCommand,
  type ListSigningJobsRequest,
} from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let held: PromiseWithResolvers<void> | undefined;
before(async () => {
  server = await startServer({
    signingCheckpoint: (point) => (point === 'run:started' ? held?.promise : undefined),
  });
  clients = signingClients(server);
  await clients.repository('app');
  // Three jobs that succeed, one that fails because its profile is canceled while it waits, one that waits.
  const good = await clients.profile('good');
  await clients.rules([good]);
  for (const tag of ['a', 'b', 'c']) await clients.settled('app', await clients.pushImage('app', tag));
  held = Promise.withResolvers();
  await clients.rules([await clients.profile('bad')]);
  const failing = await clients.pushImage('app', 'd');
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'bad' }));
  held.resolve();
  await clients.settled('app', failing);
  held = Promise.withResolvers();
  await clients.rules([good]);
  await clients.pushImage('app', 'e');
});
after(async () => {
  held?.resolve();
  clients.close();
  await server.close();
});

const list = (request: ListSigningJobsRequest = {}) =>
  clients.signer.send(new ListSigningJobsCommand(request));
const count = async (request: ListSigningJobsRequest) => (await list(request)).jobs?.length;

test('lists the newest first, with all that is known', async () => {
  const { jobs } = await list();
  assert.deepEqual(
    jobs?.map(({ status, profileName }) => [status, profileName]),
    [
      ['InProgress', 'good'],
      ['Failed', 'bad'],
      ['Succeeded', 'good'],
      ['Succeeded', 'good'],
      ['Succeeded', 'good'],
    ],
  );
  const job = jobs?.[2];
  assert.equal(job?.platformId, platformId);
  assert.equal(job?.isRevoked, false);
  assert.equal(job?.jobOwner, '123456789012');
  assert.equal(job?.jobInvoker, '123456789012');
  assert.ok(job?.signatureExpiresAt);
});

test('filters by each member', async () => {
  assert.equal(await count({ status: 'Succeeded' }), 3);
  assert.equal(await count({ status: 'Failed' }), 1);
  assert.equal(await count({ status: 'InProgress' }), 1);
  assert.equal(await count({ platformId }), 5);
  assert.equal(await count({ platformId: 'Other' }), 0);
  assert.equal(await count({ requestedBy: 'arn:aws:iam::123456789012:root' }), 5);
  assert.equal(await count({ requestedBy: 'arn:aws:iam::123456789012:user/nobody' }), 0);
  assert.equal(await count({ jobInvoker: '123456789012' }), 5);
  assert.equal(await count({ jobInvoker: '999999999999' }), 0);
  assert.equal(await count({ isRevoked: true }), 0);
  assert.equal(await count({ isRevoked: false }), 5);
  const inTenYears = new Date(Date.now() + 10 * 365 * 86_400_000);
  assert.equal(await count({ signatureExpiresAfter: inTenYears }), 3);
  assert.equal(await count({ signatureExpiresBefore: inTenYears }), 0);
  const inTwelveYears = new Date(Date.now() + 12 * 365 * 86_400_000);
  assert.equal(await count({ signatureExpiresBefore: inTwelveYears, signatureExpiresAfter: inTenYears }), 3);
});

test('pages follow each other to the end, each job once', async () => {
  const seen: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await list({ maxResults: 2, nextToken });
    seen.push(...(page.jobs ?? []).map((job) => job.jobId));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  assert.equal(seen.length, 5);
  assert.equal(new Set(seen).size, 5);
});

test('an invented token and a token of another filter are refused', async () => {
  const { nextToken } = await list({ maxResults: 1 });
  for (const request of [{ nextToken: 'AAAA' }, { nextToken, status: 'Failed' as const }])
    assert.equal((await awsError(list(request))).name, 'ValidationException');
});

test('a page size of nothing and one beyond 25 are refused', async () => {
  for (const maxResults of [0, 26])
    assert.equal((await awsError(list({ maxResults }))).name, 'ValidationException');
});
