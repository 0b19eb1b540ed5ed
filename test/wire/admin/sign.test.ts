// `POST /sign`: who may, what is signed, what stays as it is, and what the trail keeps of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { adminClient } from '../../helpers/admin-client.ts';
import { awaitedEvents } from '../../helpers/audit-trail.ts';
import { image, index, referrer, type TestImage, type TestManifest } from '../../helpers/images.ts';
import { makeAccount, makeUser, resourcePolicyText, type TestPrincipal } from '../../helpers/principals.ts';
import { readableSignatures, settledStatuses, statusesOf } from '../../helpers/signing-set-up.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const repositoryName = 'team/app';
const uploads = [
  'BatchCheckLayerAvailability',
  'InitiateLayerUpload',
  'UploadLayerPart',
  'CompleteLayerUpload',
]
  .concat('PutImage')
  .map((action) => `ecr:${action}`);

let server: TestServer;
let arn: string;
before(async () => {
  server = await startServer();
  await server.ecr('CreateRepository', { repositoryName });
  const profile = await server.signer('PUT', '/signing-profiles/release', {
    platformId: 'Notation-OCI-SHA384-ECDSA',
  });
  arn = String(profile.body['arn']);
});
after(() => server.close());

const send = adminClient(() => server);

interface Answer {
  readonly imageDigest: string;
  readonly dryRun: boolean;
  readonly signingProfiles: readonly {
    readonly signingProfileArn: string;
    readonly outcome: string;
    readonly failureCode?: string;
    readonly failureReason?: string;
  }[];
  readonly children: readonly string[];
}

async function ask(query: Readonly<Record<string, string>>, by?: TestPrincipal) {
  const search = new URLSearchParams({ repository: repositoryName, ...query }).toString();
  const { status, body } = await send('POST', `/sign?${search}`, by && { credentials: by.credentials });
  return { status, body: body as unknown as Answer & { readonly code: string; readonly message: string } };
}

async function outcomeOf(query: Readonly<Record<string, string>>, by?: TestPrincipal) {
  const { status, body } = await ask(query, by);
  assert.equal(status, 200, JSON.stringify(body));
  const [profile, ...others] = body.signingProfiles;
  assert.deepEqual(others, []);
  return profile?.failureCode ?? profile?.outcome;
}

async function rules(...arns: string[]): Promise<void> {
  const signingConfiguration = { rules: arns.map((signingProfileArn) => ({ signingProfileArn })) };
  assert.equal((await server.ecr('PutSigningConfiguration', { signingConfiguration })).status, 200);
}

/** An image that was there before the rules. */
async function unsigned(tag: string): Promise<TestImage> {
  await rules();
  const pushed = image();
  await server.pushImage(repositoryName, tag, pushed);
  await rules(arn);
  return pushed;
}

async function stateOf({ digest }: TestManifest): Promise<string | undefined> {
  const [status] = await settledStatuses(server, repositoryName, digest);
  return status?.failureCode ?? status?.status;
}

const signaturesOf = ({ digest }: TestManifest) =>
  readableSignatures(server, server.url, repositoryName, digest);

test('an image that is older than the rules is signed once, however often it is asked for', async () => {
  const { manifest } = await unsigned('old');
  assert.equal(await stateOf(manifest), undefined);
  assert.equal(await outcomeOf({ tag: 'old', 'dry-run': 'true' }), 'PLANNED');
  assert.deepEqual(await statusesOf(server, repositoryName, manifest.digest), []);

  assert.equal(await outcomeOf({ tag: 'old' }), 'PLANNED');
  assert.equal(await stateOf(manifest), 'COMPLETE');
  for (const query of [{ tag: 'old' }, { digest: manifest.digest }, { tag: 'old', again: 'true' }])
    assert.equal(await outcomeOf(query), 'COMPLETE');
  assert.equal((await signaturesOf(manifest)).length, 1);
});

test('what was revoked by itself is signed again only when asked to, with another signature', async () => {
  const { manifest } = await unsigned('judged');
  await outcomeOf({ tag: 'judged' });
  assert.equal(await stateOf(manifest), 'COMPLETE');
  const { body } = await server.signer('GET', '/signing-jobs?maxResults=1');
  const [job] = body['jobs'] as { jobId: string }[];
  await server.signer('PUT', `/signing-jobs/${job?.jobId}/revoke`, { reason: 'too early' });
  assert.equal(await outcomeOf({ tag: 'judged' }), 'SIGNATURE_REVOKED');
  assert.equal(await outcomeOf({ tag: 'judged', again: 'true', 'dry-run': 'true' }), 'PLANNED');
  assert.equal(await stateOf(manifest), 'SIGNATURE_REVOKED');
  assert.equal(await outcomeOf({ tag: 'judged', again: 'true' }), 'PLANNED');
  assert.equal(await stateOf(manifest), 'COMPLETE');
  assert.equal((await signaturesOf(manifest)).length, 2);
  assert.equal(await outcomeOf({ tag: 'judged', again: 'true' }), 'COMPLETE');
});

test('an index names its children, which are asked for by themselves; attachments and lists are never signed', async () => {
  await rules();
  const children = [image(), image()];
  for (const child of children) await server.pushImage(repositoryName, child.manifest.digest, child);
  const over = index(children.map(({ manifest }) => ({ manifest, architecture: 'amd64' })));
  await server.pushManifest(repositoryName, 'multi', over);
  const [subject] = children;
  assert.ok(subject);
  const attached = referrer(subject.manifest, 'a/sbom');
  await server.pushImage(repositoryName, attached.manifest.digest, attached);
  const list = index([{ manifest: attached.manifest, architecture: 'amd64' }]);
  const listTag = subject.manifest.digest.replace(':', '-');
  await server.pushManifest(repositoryName, listTag, list);
  await rules(arn);

  const { body } = await ask({ tag: 'multi' });
  assert.equal(body.imageDigest, over.digest);
  assert.deepEqual(new Set(body.children), new Set(children.map(({ manifest }) => manifest.digest)));
  for (const digest of body.children) assert.equal(await outcomeOf({ digest }), 'PLANNED');
  for (const { manifest } of children) assert.equal(await stateOf(manifest), 'COMPLETE');
  for (const query of [{ digest: attached.manifest.digest }, { tag: listTag }])
    assert.deepEqual((await ask(query)).body.signingProfiles, []);
});

test('without the right to sign nothing changes, and the answer says what is lacking', async () => {
  const { manifest } = await unsigned('foreign');
  const by = await makeUser(server, server.accountId, 'uploader', [{ Action: uploads }]);
  const { body } = await ask({ tag: 'foreign' }, by);
  const [profile] = body.signingProfiles;
  assert.equal(profile?.outcome, 'NOT_SIGNED');
  assert.equal(profile.failureCode, 'ACCESS_DENIED');
  assert.match(
    profile.failureReason ?? '',
    /user\/uploader is not authorized to perform: signer:SignPayload/,
  );
  assert.deepEqual(await statusesOf(server, repositoryName, manifest.digest), []);

  const signer = await makeUser(server, server.accountId, 'signer', [
    { Action: [...uploads, 'signer:SignPayload'] },
  ]);
  assert.equal(await outcomeOf({ tag: 'foreign' }, signer), 'PLANNED');
  assert.equal(await stateOf(manifest), 'COMPLETE');
  const { body: jobs } = await server.signer('GET', '/signing-jobs?maxResults=1');
  const [job] = jobs['jobs'] as { jobId: string }[];
  const described = await server.signer('GET', `/signing-jobs/${job?.jobId}`);
  assert.equal(described.body['requestedBy'], signer.arn);
});

test('who may not push learns nothing, whether the image is there or not', async () => {
  await unsigned('secret');
  const reader = await makeUser(server, server.accountId, 'looker', [
    { Action: ['ecr:BatchGetImage', 'signer:SignPayload'] },
  ]);
  const stranger = await makeAccount(server);
  for (const by of [reader, stranger])
    for (const query of [{ tag: 'secret' }, { tag: 'nowhere' }, { tag: 'secret', repository: 'team/none' }]) {
      const answer = await ask({ ...query, 'registry-id': server.accountId }, by);
      assert.equal(answer.status, 403);
      assert.equal(answer.body.code, 'AccessDenied');
      assert.match(
        answer.body.message,
        /is not authorized to perform: ecr:PutImage on resource: .*:repository\//,
      );
    }
  // Its own registry has no such repository.
  assert.equal((await ask({ tag: 'secret' }, stranger)).status, 404);
});

test('another account signs with what the repository and the profile allow it', async () => {
  const { manifest } = await unsigned('shared');
  const other = await makeAccount(server);
  const policyText = resourcePolicyText({ Principal: { AWS: other.accountId }, Action: uploads });
  assert.equal((await server.ecr('SetRepositoryPolicy', { repositoryName, policyText })).status, 200);
  const query = { tag: 'shared', 'registry-id': server.accountId };
  assert.equal(await outcomeOf(query, other), 'ACCESS_DENIED');
  const permission = { statementId: 'other', action: 'signer:SignPayload', principal: other.accountId };
  const added = await server.signer('POST', '/signing-profiles/release/permissions', permission);
  assert.equal(added.status, 200, JSON.stringify(added.body));
  assert.equal(await outcomeOf(query, other), 'PLANNED');
  assert.equal(await stateOf(manifest), 'COMPLETE');
});

test('bad input is refused by its name', async () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, number, RegExp])[] = [
    [{}, 400, /one of 'tag' and 'digest'/],
    [{ tag: 'v1', repository: 'Team/App' }, 400, /'repository' must be/],
    [{ tag: 'v1', again: 'yes' }, 400, /'again' must be true or false/],
    [{ tag: 'v1', 'dry-run': '' }, 400, /'dry-run' must be/],
    [{ tag: 'v1', 'registry-id': '1' }, 400, /'registry-id' must be/],
    [{ tag: 'v1', more: '1' }, 400, /no parameter 'more'/],
    [{ tag: 'no/tag' }, 404, /does not exist/],
    [{ digest: 'sha256:short' }, 404, /does not exist/],
    [{ tag: 'nowhere' }, 404, /does not exist/],
    [{ tag: 'v1', repository: 'team/none' }, 404, /does not exist/],
  ];
  for (const [query, status, says] of cases) {
    const answer = await ask(query);
    assert.equal(answer.status, status, JSON.stringify(query));
    assert.match(answer.body.message, says);
  }
  const twice = await send('POST', '/sign?repository=team/app&repository=team/other&tag=v1');
  assert.equal(twice.status, 400);
  assert.match(String(twice.body['message']), /'repository' is there twice/);
  assert.equal((await send('POST', '/sign?repository=team/app&tag=old', { unsigned: true })).status, 403);
  assert.equal((await send('POST', '/sign?repository=team/app&tag=old', { body: '{}' })).status, 400);
  assert.equal((await send('GET', '/sign?repository=team/app&tag=old')).status, 405);
});

test('the trail has who asked for what, and what decided', async () => {
  const by = await makeUser(server, server.accountId, 'recorded', [
    { Action: [...uploads, 'signer:SignPayload'] },
  ]);
  await unsigned('recorded');
  await outcomeOf({ tag: 'recorded', again: 'true' }, by);
  const events = await awaitedEvents(server.dataDir, { eventName: 'RequestSignature' });
  const event = events.at(-1);
  assert.equal(event?.userIdentity.arn, by.arn);
  assert.deepEqual(event.requestParameters, { repository: repositoryName, tag: 'recorded', again: 'true' });
  assert.equal(event.resources?.[0]?.ARN, `arn:aws:ecr:us-east-1:${server.accountId}:repository/team/app`);
  assert.equal(event.readOnly, false);
  assert.ok(events.some(({ errorCode }) => errorCode === 'AccessDenied'));
});
