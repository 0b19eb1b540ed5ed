// `/admin/uploads` and `sealport uploads`: open uploads, listed and ended by the operator beside the running server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminClient } from '../../helpers/admin-client.ts';
import { awaitedEvents } from '../../helpers/audit-trail.ts';
import { type OciServer, refused, startOciServer } from '../../helpers/oci-client.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';

let server: OciServer;
let name: string;
before(async () => {
  server = await startOciServer();
  name = await server.repository();
});
after(() => server.close());

const send = adminClient(() => server);

async function cli(...args: readonly string[]) {
  const env = {
    SEALPORT_PUBLIC_URL: server.url,
    SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  };
  return runCli(['uploads', ...args], { env });
}

interface Listed {
  readonly uploadId: string;
  readonly repositoryName: string;
  readonly principal: string;
  readonly receivedBytes: number;
}

test('what is open is listed with who opened it, and ended by id, by filter and altogether', async () => {
  const other = await server.repository();
  const [first, second, third] = [
    await server.begin(name),
    await server.begin(name),
    await server.begin(other),
  ];
  await server.send('PATCH', second, { body: 'something' });
  const listed = JSON.parse((await cli('list', '--json')).stdout) as Listed[];
  assert.equal(listed.length, 3);
  const found = listed.find(({ uploadId }) => second.endsWith(uploadId));
  assert.equal(found?.repositoryName, name);
  assert.equal(found?.principal, `arn:aws:iam::${server.accountId}:root`);
  assert.equal(found?.receivedBytes, 9);
  assert.match(
    (await cli('list', '--repository', name, '--empty')).stdout,
    /^UPLOAD .*\n.* 0 bytes .*:root\n$/,
  );

  const ended = await cli('end', first.slice(first.lastIndexOf('/') + 1));
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stdout, '1 ended\n');
  refused(await server.send('PATCH', first, { body: 'late' }), 404, 'BLOB_UPLOAD_UNKNOWN');
  assert.deepEqual(JSON.parse((await cli('end', '--repository', other, '--json')).stdout), {
    ended: 1,
    underWay: 0,
    unknown: [],
  });
  const again = await cli('end', first.slice(first.lastIndexOf('/') + 1));
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^not open: [\w-]+$/m);
  refused(await server.send('GET', third), 404, 'BLOB_UPLOAD_UNKNOWN');
  assert.equal((await server.send('GET', second)).status, 204);
  assert.equal((await cli('end', '--all')).stdout, '1 ended\n');
  refused(await server.send('GET', second), 404, 'BLOB_UPLOAD_UNKNOWN');
  const [event] = await awaitedEvents(server.dataDir, { eventName: 'EndUploads' });
  assert.equal(event?.userIdentity.arn, `arn:aws:iam::${server.accountId}:root`);
});

test('nothing is ended that was not named', async () => {
  const open = await server.begin(name);
  for (const args of [['end'], ['end', '--all', '--empty'], ['end', 'x', '--all']])
    assert.equal((await cli(...args)).code, 2, args.join(' '));
  for (const query of ['', '?all=true&empty=true', '?all=false', '?all=yes', '?empty=1', '?other=x'])
    assert.equal((await send('DELETE', `/admin/uploads${query}`)).status, 400, query);
  assert.equal((await server.send('GET', open)).status, 204);
});

test('a principal has 400 open uploads in a repository at most; other repositories have room, and ending one makes some', async () => {
  const uploads: string[] = [];
  const own = await server.repository();
  while (uploads.length < 400)
    uploads.push(...(await Promise.all(Array.from({ length: 50 }, () => server.begin(own)))));
  const target = `/v2/${own}/blobs/uploads/`;
  const message = refused(await server.send('POST', target), 429, 'TOOMANYREQUESTS');
  assert.match(message, /You have 400 open uploads/);
  const initiated = await server.ecr('InitiateLayerUpload', { repositoryName: own });
  assert.equal(initiated.status, 400);
  assert.match(JSON.stringify(initiated), /InvalidParameterException/);
  await server.begin(await server.repository());
  assert.equal((await server.send('DELETE', uploads[0] ?? '')).status, 204);
  assert.equal((await server.send('POST', target)).status, 202);
});
