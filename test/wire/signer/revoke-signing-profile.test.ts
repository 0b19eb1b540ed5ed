import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import {
  GetSigningProfileCommand,
  ListSigningProfilesCommand,
  RevokeSigningProfileCommand,
  type RevokeSigningProfileRequest,
  SignPayloadCommand,
} from '@aws-sdk/client-signer';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
let held: PromiseWithResolvers<void> | undefined;
before(async () => {
  server = await startServer({
    signingCheckpoint: (point) => (point === 'run:signed' ? held?.promise : undefined),
  });
  clients = signingClients(server);
  await clients.repository('team/app');
});
after(async () => {
  clients.close();
  await server.close();
});

let profileName = '';
let arn = '';
let version = '';
let made = 0;
beforeEach(async () => {
  profileName = `leaving${(made += 1)}`;
  arn = await clients.profile(profileName);
  version = (await shown()).profileVersion ?? '';
});

const shown = () => clients.signer.send(new GetSigningProfileCommand({ profileName }));
const revoke = (change: Partial<RevokeSigningProfileRequest> = {}) =>
  clients.signer.send(
    new RevokeSigningProfileCommand({
      profileName,
      profileVersion: version,
      reason: 'the build machine was not ours',
      effectiveTime: new Date(Date.now() - 60_000),
      ...change,
    }),
  );

test('a revoked profile is shown with its record, and listed as such', async () => {
  const effectiveTime = new Date(Date.now() - 3_600_000);
  await revoke({ effectiveTime });
  const { status, statusReason, revocationRecord } = await shown();
  assert.equal(status, 'Revoked');
  assert.equal(statusReason, 'the build machine was not ours');
  // The protocol has whole seconds.
  assert.equal(
    Math.floor((revocationRecord?.revocationEffectiveFrom?.getTime() ?? 0) / 1000),
    Math.floor(effectiveTime.getTime() / 1000),
  );
  assert.equal(revocationRecord?.revokedBy, 'arn:aws:iam::123456789012:root');
  assert.ok(Math.abs((revocationRecord?.revokedAt?.getTime() ?? 0) - Date.now()) < 60_000);
  const { profiles = [] } = await clients.signer.send(
    new ListSigningProfilesCommand({ statuses: ['Revoked'] }),
  );
  assert.ok(profiles.some((profile) => profile.profileName === profileName));
});

test('it signs nothing any more: no push, no payload, and no job that was planned before', async () => {
  await clients.rules([arn]);
  held = Promise.withResolvers();
  const planned = await clients.pushImage('team/app');
  await revoke();
  held.resolve();
  held = undefined;
  const later = await clients.pushImage('team/app');
  for (const digest of [planned, later]) {
    const [status, ...others] = await clients.settled('team/app', digest);
    assert.deepEqual(others, []);
    assert.equal(status?.failureCode, 'SIGNING_PROFILE_REVOKED');
    assert.match(
      status?.failureReason ?? '',
      new RegExp(`${profileName}, version ${version}, is revoked\\.`),
    );
  }
  const payload = Buffer.from(
    JSON.stringify({
      targetArtifact: {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: planned,
        size: 2,
      },
    }),
  );
  const refused = await awsError(
    clients.signer.send(
      new SignPayloadCommand({
        profileName,
        payload,
        payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
      }),
    ),
  );
  assert.equal(refused.name, 'ValidationException');
  assert.match(refused.message, /its status is Revoked/);
});

test('a new version of the name signs, under the same rule', async () => {
  await clients.rules([arn]);
  await revoke();
  const digest = await clients.pushImage('team/app', 'v1', profileName);
  assert.equal((await clients.settled('team/app', digest))[0]?.failureCode, 'SIGNING_PROFILE_REVOKED');
  await clients.profile(profileName);
  assert.notEqual((await shown()).profileVersion, version);
  await clients.pushImage('team/app', 'v2', profileName);
  assert.deepEqual(
    (await clients.settled('team/app', digest)).map(({ status }) => status),
    ['COMPLETE'],
  );
});

test('the time of a revocation can be made earlier, never later; the same again changes nothing', async () => {
  const effectiveTime = new Date(Math.floor(Date.now() / 1000) * 1000 - 3_600_000);
  await revoke({ effectiveTime });
  const first = await shown();
  await revoke({ effectiveTime });
  assert.deepEqual((await shown()).revocationRecord, first.revocationRecord);
  assert.equal((await awsError(revoke())).name, 'ValidationException');
  const earlier = new Date(effectiveTime.getTime() - 1000);
  await revoke({ effectiveTime: earlier });
  assert.deepEqual((await shown()).revocationRecord?.revocationEffectiveFrom, earlier);
});

test('of several at once the earliest stays', async () => {
  const times = [3, 1, 2].map((hours) => new Date(Math.floor(Date.now() / 1000) * 1000 - hours * 3_600_000));
  await Promise.allSettled(times.map((effectiveTime) => revoke({ effectiveTime })));
  assert.deepEqual((await shown()).revocationRecord?.revocationEffectiveFrom, times[0]);
});

test('what cannot be revoked is refused', async () => {
  const tomorrow = new Date(Date.now() + 24 * 3_600_000);
  assert.equal((await awsError(revoke({ effectiveTime: tomorrow }))).name, 'ValidationException');
  assert.equal((await awsError(revoke({ profileName: 'nowhere' }))).name, 'ResourceNotFoundException');
  assert.equal((await awsError(revoke({ profileVersion: 'abcdefghij' }))).name, 'ResourceNotFoundException');
  assert.equal((await awsError(revoke({ reason: '' }))).name, 'ValidationException');
  assert.equal((await shown()).status, 'Active');
});
