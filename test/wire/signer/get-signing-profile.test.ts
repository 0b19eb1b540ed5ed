import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetSigningProfileCommand, PutSigningProfileCommand } from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
});
after(async () => {
  clients.close();
  await server.close();
});

const get = (profileName: string, profileOwner?: string) =>
  clients.signer.send(new GetSigningProfileCommand({ profileName, profileOwner }));

test('shows a profile as it was put', async () => {
  const made = await clients.signer.send(
    new PutSigningProfileCommand({
      profileName: 'full',
      platformId,
      signatureValidityPeriod: { value: 2, type: 'YEARS' },
      signingParameters: { leaf: 'per-profile', team: 'x' },
      tags: { env: 'prod' },
    }),
  );
  const { $metadata: _, ...shown } = await get('full');
  assert.deepEqual(shown, {
    profileName: 'full',
    profileVersion: made.profileVersion,
    profileVersionArn: made.profileVersionArn,
    platformId,
    platformDisplayName: 'Notation for container registries',
    signatureValidityPeriod: { value: 2, type: 'YEARS' },
    signingParameters: { leaf: 'per-profile', team: 'x' },
    status: 'Active',
    arn: made.arn,
    tags: { env: 'prod' },
  });
});

test('a profile that is put without a period has 135 months', async () => {
  await clients.profile('plain');
  const shown = await get('plain', '123456789012');
  assert.deepEqual(shown.signatureValidityPeriod, { value: 135, type: 'MONTHS' });
  assert.equal(shown.tags, undefined);
});

test('an unknown profile and one of another region are not found', async () => {
  await clients.profile('here');
  assert.equal((await awsError(get('nowhere'))).name, 'ResourceNotFoundException');
  const elsewhere = signingClients(server, 'eu-west-1');
  try {
    const call = elsewhere.signer.send(new GetSigningProfileCommand({ profileName: 'here' }));
    assert.equal((await awsError(call)).name, 'ResourceNotFoundException');
  } finally {
    elsewhere.close();
  }
});

test("another account's profile is denied", async () => {
  const { name, message } = await awsError(get('here', '999999999999'));
  assert.equal(name, 'AccessDeniedException');
  assert.match(message, /signer:GetSigningProfile/);
});
