import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { apiClient } from '../../helpers/api-client.ts';
import { auditedEvents, awaitedEvents } from '../../helpers/audit-trail.ts';
import { image } from '../../helpers/images.ts';
import { readableSignatures, settledStatuses, setUpSigning } from '../../helpers/signing-set-up.ts';
import { startServer, TEST_CREDENTIALS, type TestServer } from '../../helpers/start-server.ts';

const repositoryName = 'team/app';
const repositoryArn = `arn:aws:ecr:us-east-1:123456789012:repository/${repositoryName}`;
const rootArn = 'arn:aws:iam::123456789012:root';
const pushed = image({ layers: 1, layerBytes: 2000 });

let server: TestServer;
before(async () => {
  server = await startServer();
  await setUpSigning(server, repositoryName);
  await server.pushImage(repositoryName, 'v1', pushed);
  await settledStatuses(server, repositoryName, pushed.manifest.digest);
});
after(() => server.close());

describe('the record of a call', () => {
  test('has the fields of CloudTrail', async () => {
    const [event, ...others] = await auditedEvents(server.dataDir, { eventName: 'CreateRepository' });
    assert.deepEqual(others, []);
    assert.ok(event !== undefined);
    const { eventTime, eventID, requestID, userAgent, ...rest } = event;
    assert.ok(Math.abs(Date.parse(eventTime) - Date.now()) < 120_000);
    for (const id of [eventID, requestID]) assert.match(id ?? '', /^[0-9a-f-]{36}$/);
    assert.ok(userAgent !== undefined);
    assert.deepEqual(rest, {
      eventVersion: '1.11',
      userIdentity: {
        type: 'Root',
        principalId: '123456789012',
        arn: rootArn,
        accountId: '123456789012',
        accessKeyId: TEST_CREDENTIALS.accessKeyId,
      },
      eventSource: 'ecr.amazonaws.com',
      eventName: 'CreateRepository',
      awsRegion: 'us-east-1',
      sourceIPAddress: '127.0.0.1',
      requestParameters: { repositoryName },
      responseElements: {
        repository: { repositoryName, registryId: '123456789012', imageTagMutability: 'MUTABLE' },
      },
      additionalEventData: {
        httpStatus: 200,
        decidedBy: { type: 'account root', policy: rootArn, statement: 'account root' },
      },
      readOnly: false,
      resources: [{ ARN: repositoryArn, accountId: '123456789012' }],
      eventType: 'AwsApiCall',
      managementEvent: true,
      recipientAccountId: '123456789012',
      eventCategory: 'Management',
    });
  });

  test('names the request as the client was told', async () => {
    const { headers } = await server.ecr('DeleteRepository', { repositoryName: 'nothing/here' });
    const [event] = await auditedEvents(server.dataDir, { eventName: 'DeleteRepository' });
    assert.equal(event?.requestID, headers.get('x-amzn-requestid'));
    assert.equal(event?.errorCode, 'RepositoryNotFoundException');
  });

  test('of a push to /v2 has the names of ECR, and the digest', async () => {
    const [event] = await auditedEvents(server.dataDir, { eventName: 'PutImage' });
    assert.deepEqual(event?.requestParameters, { repositoryName, reference: 'v1' });
    assert.deepEqual(event.responseElements, { digest: pushed.manifest.digest });
    assert.equal(event.additionalEventData?.operation, 'PutManifest');
    assert.equal(event.userIdentity.accessKeyId, TEST_CREDENTIALS.accessKeyId);
    const layers = await auditedEvents(server.dataDir, { eventName: 'CompleteLayerUpload' });
    assert.deepEqual(
      layers.map(({ responseElements }) => responseElements?.['digest']),
      pushed.blobs.map(({ digest }) => digest),
    );
  });

  test('of a read comes within a second or so', async () => {
    const authorization = await server.login();
    const headers = { authorization, 'user-agent': `agent ${'a'.repeat(1000)}` };
    await fetch(`${server.url}/v2/${repositoryName}/blobs/${pushed.blobs[0]?.digest}`, { headers }).then(
      (a) => a.arrayBuffer(),
    );
    const [event] = await awaitedEvents(server.dataDir, { eventName: 'GetDownloadUrlForLayer' });
    assert.equal(event?.readOnly, true);
    assert.ok((event.userAgent ?? '').length < 300);
  });
});

describe('the record of a refusal', () => {
  test('is there before the answer when permission was missing', async () => {
    const { status, body } = await server.ecr('DescribeRepositories', { registryId: '999999999999' });
    assert.equal(status, 400);
    const denied = await auditedEvents(server.dataDir, {
      eventName: 'DescribeRepositories',
      outcome: 'denied',
    });
    assert.equal(denied.length, 1);
    assert.equal(denied[0]?.errorCode, body['__type']);
    assert.equal(denied[0]?.errorMessage, body['message']);
    assert.equal(denied[0]?.userIdentity.arn, rootArn);
  });

  test('tells of failed logins, and of none where nothing was tried', async () => {
    const wrong = apiClient({
      url: server.url,
      region: 'us-east-1',
      credentials: { ...TEST_CREDENTIALS, secretAccessKey: 'a-wrong-secret-that-is-just-as-long-as-it' },
    });
    assert.equal((await wrong.ecr('DescribeRegistry', {})).status, 400);
    const target = `${server.url}/v2/${repositoryName}/tags/list`;
    const authorization = `Basic ${Buffer.from('AWS:nonsense').toString('base64')}`;
    assert.equal((await fetch(target, { headers: { authorization } })).status, 401);
    assert.equal((await fetch(target)).status, 401);
    assert.equal((await fetch(`${server.url}/`, { method: 'POST' })).status, 415);
    await awaitedEvents(server.dataDir, { eventName: 'ListTags' });
    const events = await auditedEvents(server.dataDir, { outcome: 'denied' });
    const strangers = events.filter(({ userIdentity }) => userIdentity.type === 'Unknown');
    assert.deepEqual(
      strangers.map(({ eventName, errorCode }) => [eventName, errorCode]),
      [
        ['DescribeRegistry', 'InvalidSignatureException'],
        ['ListTags', 'UNAUTHORIZED'],
      ],
    );
  });
});

test('the record of a signature names what was signed, for whom, and the certificate', async () => {
  const [event, ...others] = await auditedEvents(server.dataDir, { eventName: 'SignImage' });
  assert.deepEqual(others, []);
  assert.equal(event?.eventType, 'AwsServiceEvent');
  assert.ok(!('requestID' in event), 'nobody asked for it');
  assert.deepEqual(event.userIdentity, {
    type: 'Root',
    arn: rootArn,
    accountId: '123456789012',
    invokedBy: 'ecr.amazonaws.com',
  });
  const details = event.serviceEventDetails ?? {};
  assert.equal(details['signedDigest'], pushed.manifest.digest);
  const signatures = await readableSignatures(server, server.url, repositoryName, pushed.manifest.digest);
  assert.deepEqual([details['signatureDigest']], signatures);
  const jobId = String(details['jobArn']).split('/').at(-1);
  const job = await server.signer('GET', `/signing-jobs/${jobId}`);
  assert.equal(job.status, 200);
  assert.match(String(details['certificateSerial']), /^[0-9a-f]{32}$/);
  assert.ok(event.resources?.some(({ ARN }) => ARN === repositoryArn));
});

test('a signature that was refused at the push is there when the push is acknowledged', async () => {
  const missing = 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/crash_test';
  await server.signer('DELETE', '/signing-profiles/crash_test');
  const another = image({ layers: 1, layerBytes: 100 });
  await server.pushImage(repositoryName, 'v2', another);
  const failed = await auditedEvents(server.dataDir, { eventName: 'SignImage', outcome: 'failed' });
  assert.deepEqual(
    failed.map(({ errorCode, serviceEventDetails, resources }) => [
      errorCode,
      serviceEventDetails?.['imageDigest'],
      resources?.[0]?.ARN,
    ]),
    [['SIGNING_PROFILE_CANCELED', another.manifest.digest, missing]],
  );
});

test('no secret is in the files or in what is exported', async () => {
  const payload = JSON.stringify({
    targetArtifact: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${'cd'.repeat(32)}`,
      size: 12,
      annotations: { marker: 'payload-marker-1234' },
    },
  });
  await server.signer('PUT', '/signing-profiles/secrets_1', {
    platformId: 'Notation-OCI-SHA384-ECDSA',
    signingParameters: { marker: 'parameter-marker-1234' },
    tags: { marker: 'tag-marker-1234' },
  });
  const signed = await server.signer('POST', '/signing-jobs/with-payload', {
    profileName: 'secrets_1',
    payload: Buffer.from(payload).toString('base64'),
    payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
  });
  assert.equal(signed.status, 200, JSON.stringify(signed.body));
  const authorization = await server.login();
  const token = authorization.slice('Basic '.length);
  const password = Buffer.from(token, 'base64').toString('utf8').slice('AWS:'.length);
  const link = await server.ecr('GetDownloadUrlForLayer', {
    repositoryName,
    layerDigest: pushed.blobs[0]?.digest,
  });
  const url = new URL(String(link.body['downloadUrl']));
  await fetch(url).then((answer) => answer.arrayBuffer());
  await fetch(`${server.url}/v2/${repositoryName}/tags/list?secret=query-marker-1234`, {
    headers: { authorization },
  });
  await awaitedEvents(server.dataDir, { eventName: 'ListImages' });
  const secrets = [
    TEST_CREDENTIALS.secretAccessKey,
    token,
    password,
    url.searchParams.get('sealport-download') ?? assert.fail('no seal'),
    String(signed.body['signature']).slice(0, 60),
    Buffer.from(payload).toString('base64').slice(0, 60),
    'payload-marker-1234',
    'parameter-marker-1234',
    'tag-marker-1234',
    'query-marker-1234',
    pushed.manifest.bytes.toString().slice(0, 60),
    readFileSync(join(server.dataDir, 'master.key')).toString('hex'),
  ];
  const folder = join(server.dataDir, 'audit');
  const stored = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const exported = JSON.stringify(await auditedEvents(server.dataDir));
  assert.ok(exported.includes('SignPayload') && exported.includes('ListImages'));
  for (const text of [...stored, exported])
    for (const secret of secrets) assert.ok(!text.includes(secret), `found ${secret.slice(0, 20)}…`);
});

test('with --audit changes reads that were allowed leave no record', async () => {
  const quiet = await startServer({ env: { SEALPORT_AUDIT: 'changes' } });
  try {
    await quiet.ecr('DescribeRepositories', {});
    await quiet.ecr('DescribeRepositories', { registryId: '999999999999' });
    await quiet.ecr('CreateRepository', { repositoryName });
    const names = (await auditedEvents(quiet.dataDir)).map(({ eventName, errorCode }) => [
      eventName,
      errorCode,
    ]);
    assert.deepEqual(names, [
      ['DescribeRepositories', 'AccessDeniedException'],
      ['CreateRepository', undefined],
    ]);
  } finally {
    await quiet.close();
  }
});

test('with --audit off there is no trail', async () => {
  const silent = await startServer({ env: { SEALPORT_AUDIT: 'off' } });
  try {
    assert.equal((await silent.ecr('CreateRepository', { repositoryName })).status, 200);
    assert.equal(statSync(join(silent.dataDir, 'audit'), { throwIfNoEntry: false }), undefined);
  } finally {
    await silent.close();
  }
});

test('a stranger cannot fill the trail', async (t) => {
  // A server of its own: the refusals of other tests would count against the same address.
  const server = await startServer();
  t.after(() => server.close());
  const before = (await auditedEvents(server.dataDir)).length;
  const authorization = `Basic ${Buffer.from('AWS:nonsense').toString('base64')}`;
  for (let n = 0; n < 400; n += 1)
    await fetch(`${server.url}/v2/`, { headers: { authorization } }).then((answer) => answer.arrayBuffer());
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const more = (await auditedEvents(server.dataDir)).length - before;
  assert.ok(more >= 20 && more < 90, `${more} records`);
});
