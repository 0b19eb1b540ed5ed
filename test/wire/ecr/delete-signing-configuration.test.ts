import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeleteSigningConfigurationCommand } from '@aws-sdk/client-ecr';
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

const remove = () => clients.ecr.send(new DeleteSigningConfigurationCommand({}));

test('without a configuration it says that there is none', async () => {
  assert.equal((await awsError(remove())).name, 'SigningConfigurationNotFoundException');
});

test('gives what it deleted; later pushes are not signed, earlier signatures stay', async () => {
  await clients.repository('app');
  const arn = await clients.profile('release');
  await clients.rules([arn, 'app']);
  const signed = await clients.pushImage('app', 'v1');
  await clients.settled('app', signed);

  const { $metadata: _, ...deleted } = await remove();
  assert.deepEqual(deleted, {
    registryId: '123456789012',
    signingConfiguration: {
      rules: [
        { signingProfileArn: arn, repositoryFilters: [{ filter: 'app', filterType: 'WILDCARD_MATCH' }] },
      ],
    },
  });
  assert.equal((await awsError(remove())).name, 'SigningConfigurationNotFoundException');

  const unsigned = await clients.pushImage('app', 'v2');
  assert.deepEqual(await clients.statuses('app', unsigned), []);
  assert.deepEqual(await clients.statuses('app', signed), [{ signingProfileArn: arn, status: 'COMPLETE' }]);
});
