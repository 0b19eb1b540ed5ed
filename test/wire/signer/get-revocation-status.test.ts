import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  GetRevocationStatusCommand,
  type GetRevocationStatusRequest,
  GetSigningProfileCommand,
  ListSigningJobsCommand,
  RevokeSignatureCommand,
  RevokeSigningProfileCommand,
  SignerClient,
} from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

const profileName = 'signer1';
const hashOfCertificates = 'ab'.repeat(96);
let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let verifier: SignerClient;
let profileVersion = '';
let profileVersionArn = '';
const jobs: string[] = [];
before(async () => {
  server = await startServer();
  clients = signingClients(server);
  // The model puts this operation at a host of its own, `data-…`.
  verifier = new SignerClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: server.credentials,
    disableHostPrefix: true,
  });
  await clients.repository('team/app');
  await clients.rules([await clients.profile(profileName)]);
  for (const tag of ['v1', 'v2']) await clients.settled('team/app', await clients.pushImage('team/app', tag));
  const profile = await clients.signer.send(new GetSigningProfileCommand({ profileName }));
  profileVersion = profile.profileVersion ?? '';
  profileVersionArn = profile.profileVersionArn ?? '';
  const { jobs: listed = [] } = await clients.signer.send(new ListSigningJobsCommand({}));
  for (const { jobId = '' } of listed) jobs.push(jobId);
});
after(async () => {
  clients.close();
  verifier.destroy();
  await server.close();
});

const jobArnOf = (jobId: string | undefined) =>
  `arn:aws:signer:us-east-1:123456789012:/signing-jobs/${jobId ?? ''}`;

const revoked = async (change: Partial<GetRevocationStatusRequest> = {}) => {
  const { revokedEntities } = await verifier.send(
    new GetRevocationStatusCommand({
      platformId,
      profileVersionArn,
      jobArn: jobArnOf(jobs[0]),
      signatureTimestamp: new Date(),
      certificateHashes: [hashOfCertificates, hashOfCertificates],
      ...change,
    }),
  );
  return revokedEntities;
};

test('nothing is revoked at first; a revoked signature is, and no other', async () => {
  assert.deepEqual(await revoked(), []);
  await clients.signer.send(new RevokeSignatureCommand({ jobId: jobs[0], reason: 'a leaked build' }));
  assert.deepEqual(await revoked(), [jobArnOf(jobs[0])]);
  assert.deepEqual(await revoked({ jobArn: jobArnOf(jobs[1]) }), []);
});

test('a revoked profile is for signatures from the effective time on', async () => {
  const effectiveTime = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
  await clients.signer.send(
    new RevokeSigningProfileCommand({ profileName, profileVersion, effectiveTime, reason: 'lost' }),
  );
  const at = (ms: number) =>
    revoked({ jobArn: jobArnOf(jobs[1]), signatureTimestamp: new Date(effectiveTime.getTime() + ms) });
  assert.deepEqual(await at(-1000), []);
  assert.deepEqual(await at(0), [profileVersionArn]);
  assert.deepEqual(await at(1000), [profileVersionArn]);
  assert.deepEqual(await revoked(), [profileVersionArn, jobArnOf(jobs[0])]);
});

test('what is not known is not vouched for', async () => {
  const cases: readonly Partial<GetRevocationStatusRequest>[] = [
    { platformId: 'AWSLambda-SHA384-ECDSA' },
    { profileVersionArn: 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/signer1' },
    { profileVersionArn: profileVersionArn.replace('arn:aws:', 'arn:aws-cn:') },
    { profileVersionArn: profileVersionArn.replace('signer1', 'signer2') },
    { jobArn: 'nonsense' },
    { jobArn: jobArnOf('00000000-0000-4000-8000-000000000000') },
  ];
  for (const change of cases) {
    const error = await awsError(revoked(change));
    assert.equal(error.name, 'ValidationException', JSON.stringify(change));
  }
});
