import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CancelSigningProfileCommand,
  ListSigningProfilesCommand,
  type ListSigningProfilesRequest,
} from '@aws-sdk/client-signer';
import { awsError, platformId, type SigningClients, signingClients } from '../../helpers/signing-clients.ts';
import { startServer } from '../../helpers/start-server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let clients: SigningClients;
before(async () => {
  server = await startServer();
  clients = signingClients(server);
  for (const name of ['p1', 'p2', 'p3', 'p4']) await clients.profile(name);
  await clients.signer.send(new CancelSigningProfileCommand({ profileName: 'p2' }));
});
after(async () => {
  clients.close();
  await server.close();
});

const list = (request: ListSigningProfilesRequest = {}) =>
  clients.signer.send(new ListSigningProfilesCommand(request));
const names = (page: Awaited<ReturnType<typeof list>>) => page.profiles?.map((p) => p.profileName);

test('lists active profiles, canceled ones when asked', async () => {
  assert.deepEqual(names(await list()), ['p1', 'p3', 'p4']);
  assert.deepEqual(names(await list({ includeCanceled: true })), ['p1', 'p2', 'p3', 'p4']);
  assert.deepEqual(names(await list({ statuses: ['Canceled'] })), ['p2']);
  assert.deepEqual(names(await list({ statuses: ['Canceled', 'Active'] })), ['p1', 'p2', 'p3', 'p4']);
  assert.deepEqual(names(await list({ statuses: ['Revoked'] })), []);
});

test('filters by platform', async () => {
  assert.equal(names(await list({ platformId }))?.length, 3);
  assert.deepEqual(names(await list({ platformId: 'AWSLambda-SHA384-ECDSA' })), []);
});

test('pages follow each other to the end', async () => {
  const seen: (string | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await list({ maxResults: 2, nextToken });
    assert.ok((page.profiles?.length ?? 0) <= 2);
    seen.push(...(names(page) ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  assert.deepEqual(seen, ['p1', 'p3', 'p4']);
});

test('a token of another list and an invented one are refused', async () => {
  const { nextToken } = await list({ maxResults: 1 });
  assert.ok(nextToken);
  for (const request of [
    { nextToken, includeCanceled: true },
    { nextToken: 'bm9uc2Vuc2U' },
    { nextToken: '' },
  ])
    assert.equal((await awsError(list(request))).name, 'ValidationException');
});

test('a page size beyond 25 is refused', async () => {
  const { name, message } = await awsError(list({ maxResults: 26 }));
  assert.equal(name, 'ValidationException');
  assert.match(message, /maxResults/);
});
