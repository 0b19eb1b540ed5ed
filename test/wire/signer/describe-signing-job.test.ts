import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DescribeSigningJobCommand, ListSigningJobsCommand } from '@aws-sdk/client-signer';
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
});
after(async () => {
  held?.resolve();
  clients.close();
  await server.close();
});

const describe = (jobId: string) => clients.signer.send(new DescribeSigningJobCommand({ jobId }));

test("tells of an image's job before and after it ran", async () => {
  await clients.repository('app');
  const arn = await clients.profile('images', { team: 'x' });
  await clients.rules([arn]);
  held = Promise.withResolvers();
  const digest = await clients.pushImage('app', 'v1');
  const { jobs } = await clients.signer.send(new ListSigningJobsCommand({}));
  const jobId = jobs?.[0]?.jobId ?? '';

  const { $metadata: _, createdAt, profileVersion, ...waiting } = await describe(jobId);
  assert.ok(Math.abs((createdAt?.getTime() ?? 0) - Date.now()) < 60_000);
  assert.match(profileVersion ?? '', /^[a-zA-Z0-9]{10}$/);
  const common = {
    jobId,
    platformId,
    platformDisplayName: 'Notation for container registries',
    profileName: 'images',
    signingParameters: { team: 'x' },
    requestedBy: 'arn:aws:iam::123456789012:root',
    jobOwner: '123456789012',
    jobInvoker: '123456789012',
  };
  assert.deepEqual(waiting, { ...common, status: 'InProgress' });

  held.resolve();
  await clients.settled('app', digest);
  const ended = await describe(jobId);
  assert.equal(ended.status, 'Succeeded');
  assert.ok((ended.completedAt?.getTime() ?? 0) >= (createdAt?.getTime() ?? Number.POSITIVE_INFINITY));
  assert.ok((ended.signatureExpiresAt?.getTime() ?? 0) > Date.now());
});

test('an unknown job, and one of another region, are not found', async () => {
  assert.equal(
    (await awsError(describe('00000000-0000-4000-8000-000000000000'))).name,
    'ResourceNotFoundException',
  );
  const { jobs } = await clients.signer.send(new ListSigningJobsCommand({}));
  const elsewhere = signingClients(server, 'eu-west-1');
  try {
    const call = elsewhere.signer.send(new DescribeSigningJobCommand({ jobId: jobs?.[0]?.jobId }));
    assert.equal((await awsError(call)).name, 'ResourceNotFoundException');
  } finally {
    elsewhere.close();
  }
});
