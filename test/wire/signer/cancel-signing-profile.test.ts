import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CancelSigningProfileCommand, GetSigningProfileCommand } from '@aws-sdk/client-signer';
import { awsError, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
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

const cancel = (profileName: string) => clients.signer.send(new CancelSigningProfileCommand({ profileName }));

test('a canceled profile is shown as such, and canceling again changes nothing', async () => {
  await clients.profile('ending');
  await cancel('ending');
  await cancel('ending');
  const shown = await clients.signer.send(new GetSigningProfileCommand({ profileName: 'ending' }));
  assert.equal(shown.status, 'Canceled');
});

test('an unknown profile is not found', async () => {
  assert.equal((await awsError(cancel('nowhere'))).name, 'ResourceNotFoundException');
});

test('a canceled profile signs no image, a new version of it does', async () => {
  await clients.repository('team/app');
  const arn = await clients.profile('signer1');
  await clients.rules([arn]);
  await cancel('signer1');
  const digest = await clients.pushImage('team/app', 'v1', 'one');
  const [failed, ...none] = await clients.statuses('team/app', digest);
  assert.equal(none.length, 0);
  assert.equal(failed?.status, 'FAILED');
  assert.equal(failed?.failureCode, 'SIGNING_PROFILE_CANCELED');
  assert.match(failed?.failureReason ?? '', /signing-profiles\/signer1/);

  await clients.profile('signer1');
  assert.equal(await clients.pushImage('team/app', 'v2', 'one'), digest);
  const statuses = await clients.settled('team/app', digest);
  assert.deepEqual(
    statuses.map(({ status, failureCode }) => [status, failureCode]),
    [['COMPLETE', undefined]],
  );
});
