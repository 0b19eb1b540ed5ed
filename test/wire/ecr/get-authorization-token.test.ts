import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const get = (input: { registryIds?: string[] } = {}) => world.send(new GetAuthorizationTokenCommand(input));

test('gives a password for the registry, good for twelve hours', async () => {
  const { authorizationData = [] } = await get();
  const [data] = authorizationData;
  assert.equal(authorizationData.length, 1);
  assert.equal(data?.proxyEndpoint, world.server.url);
  const login = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8');
  assert.match(login, /^AWS:.{20,}$/);
  const hours = ((data?.expiresAt?.getTime() ?? 0) - Date.now()) / 3_600_000;
  assert.ok(hours > 11.9 && hours <= 12, `${hours}`);
});

test('the password opens the distribution API, another one does not', async () => {
  const [data] = (await get()).authorizationData ?? [];
  const v2 = (authorization: string) => fetch(`${world.server.url}/v2/`, { headers: { authorization } });
  assert.equal((await v2(`Basic ${data?.authorizationToken}`)).status, 200);
  const wrong = Buffer.from('AWS:wrong').toString('base64');
  assert.equal((await v2(`Basic ${wrong}`)).status, 401);
});

test('registries that are named have an entry each', async () => {
  const registryIds = [world.registryId, '999999999999'];
  assert.equal((await get({ registryIds })).authorizationData?.length, 2);
});

test('refuses an id that is none, and more than ten', async () => {
  await refused(get({ registryIds: ['x'] }), 'InvalidParameterException', /registryIds\.1\.member/);
  await refused(
    get({ registryIds: Array.from({ length: 11 }, () => world.registryId) }),
    'InvalidParameterException',
  );
});
