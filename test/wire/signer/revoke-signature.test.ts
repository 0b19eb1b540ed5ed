import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  DescribeSigningJobCommand,
  ListSigningJobsCommand,
  RevokeSignatureCommand,
} from '@aws-sdk/client-signer';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let held: PromiseWithResolvers<void> | undefined;
before(async () => {
  server = await startServer({
    signingCheckpoint: (point) => (point === 'run:started' ? held?.promise : undefined),
  });
  clients = signingClients(server);
  await clients.repository('team/app');
  await clients.rules([await clients.profile('signer1')]);
  for (const tag of ['v1', 'v2']) await clients.settled('team/app', await clients.pushImage('team/app', tag));
});
after(async () => {
  clients.close();
  await server.close();
});

const list = async (isRevoked?: boolean) =>
  (await clients.signer.send(new ListSigningJobsCommand({ isRevoked }))).jobs ?? [];
const describe = (jobId: string) => clients.signer.send(new DescribeSigningJobCommand({ jobId }));
const revoke = (jobId: string, jobOwner?: string) =>
  clients.signer.send(new RevokeSignatureCommand({ jobId, jobOwner, reason: 'a leaked build' }));

test('the job of a revoked signature tells of it, and is found by it', async () => {
  const [job] = await list();
  const jobId = job?.jobId ?? '';
  await revoke(jobId, '123456789012');
  const { status, revocationRecord } = await describe(jobId);
  assert.equal(status, 'Succeeded');
  assert.equal(revocationRecord?.reason, 'a leaked build');
  assert.equal(revocationRecord.revokedBy, 'arn:aws:iam::123456789012:root');
  await revoke(jobId);
  assert.deepEqual((await describe(jobId)).revocationRecord, revocationRecord);
  assert.deepEqual(
    (await list(true)).map((revoked) => [revoked.jobId, revoked.isRevoked]),
    [[jobId, true]],
  );
  assert.equal((await list(false)).length, 1);
  assert.equal((await list()).length, 2);
});

test('an unknown job, another account’s, and one without a signature are refused', async () => {
  const unknown = '00000000-0000-4000-8000-000000000000';
  assert.equal((await awsError(revoke(unknown))).name, 'ResourceNotFoundException');
  assert.equal((await awsError(revoke(unknown, '210987654321'))).name, 'AccessDeniedException');
  held = Promise.withResolvers();
  const digest = await clients.pushImage('team/app', 'v3');
  const [running] = await list();
  assert.equal((await awsError(revoke(running?.jobId ?? ''))).name, 'ValidationException');
  held.resolve();
  held = undefined;
  await clients.settled('team/app', digest);
  await revoke(running?.jobId ?? '');
});
