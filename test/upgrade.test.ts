// A data directory of an earlier version (test/vectors/data-directories) is opened with this one: everything that it
// held is there, means what it meant, and can be worked with. One was ended in order, another was killed under work.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrations } from '../src/adapters/metadata/migrations/index.ts';
import { membersOf, textOf } from '../src/cli/client/query.ts';
import { exportAudit, verifyAudit } from '../src/compose-audit.ts';
import { readCredentialsFile } from '../src/config/index.ts';
import type { Contents } from './helpers/data-directory/contents.ts';
import {
  clockFrom,
  type LedgerRow,
  ledgerOf,
  type Opened,
  openKept,
  readKept,
  unpackKept,
} from './helpers/data-directory/kept.ts';
import {
  type Observation,
  observe,
  pullEverything,
  statusesOf,
} from './helpers/data-directory/observation.ts';
import { allowing, identityDocument } from './helpers/data-directory/people.ts';
import { type Reach, reach } from './helpers/data-directory/reach.ts';
import { image } from './helpers/images.ts';
import { runCli } from './helpers/run-cli.ts';
import { startServe } from './helpers/serve-process.ts';
import { readableSignatures, settledStatuses } from './helpers/signing-set-up.ts';

const NAME = 'schema-0008';
/** Migrations of the version that made it. */
const OLD_MIGRATIONS = 8;
const kept = readKept(NAME);
const platform = { platformId: 'Notation-OCI-SHA384-ECDSA' };

/** What this version tells otherwise than the old one did, with the same records: each has its reason in the docs. */
const statusesNow: Observation['statuses'] = {
  // A status rests on its signature.
  expired: { shortlived: 'FAILED SIGNATURE_EXPIRED' },
  revoked: { release: 'FAILED SIGNATURE_REVOKED' },
  'revoked and removed': { release: 'FAILED SIGNATURE_REVOKED' },
  'unsigned by a clean-up': { release: 'FAILED SIGNATURE_DELETED' },
  'after the revocation': { withdrawn: 'FAILED SIGNATURE_REVOKED' },
};
const decisionsNow: Observation['decisions'] = {};

interface Trail {
  readonly records: number;
  readonly lines: readonly string[];
}

/** The whole trail, which must verify. */
async function trailOf(dataDir: string): Promise<Trail> {
  const masterKeyFile = join(dataDir, 'master.key');
  const { problem, records } = await verifyAudit({ dataDir, masterKeyFile }, () => {});
  assert.equal(problem, undefined, JSON.stringify(problem));
  const lines: string[] = [];
  for await (const line of exportAudit({ dataDir }, {}, false)) lines.push(line);
  return { records, lines };
}

async function verified(dataDir: string, by: Reach, contents: Contents, name: string): Promise<boolean> {
  const { repository, digest } = contents.images[name] ?? assert.fail(name);
  const reference = `${repository}@${digest}`;
  const place = ['--endpoint', by.place.url, '--data-dir', dataDir];
  // At the server's time: what was signed a moment ago lies in the future of another clock.
  const env = {
    NODE_OPTIONS: `--import ${join(import.meta.dirname, 'helpers', 'shifted-clock.ts')}`,
    TEST_CLOCK_SHIFT_MS: String(by.place.now() - Date.now()),
  };
  const { code, stdout, stderr } = await runCli(['verify', reference, '--json', ...place], { env });
  assert.ok(code === 0 || code === 1, stderr);
  return (JSON.parse(stdout) as { verified: boolean }).verified;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** Policies of before named a user that was deleted: the start says so, once, and nothing else. */
function assertOnlyNamesOfNobody(lines: readonly string[]): void {
  assert.equal(lines.length, 1, lines.join('\n'));
  const { first } = JSON.parse(lines[0] ?? '') as { first: { policyOf: string; principal: string }[] };
  assert.deepEqual(
    new Set(first.map(({ principal }) => principal)),
    new Set(['arn:aws:iam::123456789012:user/gone']),
  );
  assert.deepEqual(first.map(({ policyOf }) => policyOf).sort(), [
    'arn:aws:ecr:us-east-1:123456789012:registry',
    'arn:aws:ecr:us-east-1:123456789012:repository/team/app',
    'arn:aws:iam::123456789012:role/ci/deploy',
    'arn:aws:iam::123456789012:role/orphan',
  ]);
}

describe('a directory that was ended in order', () => {
  const stack = new AsyncDisposableStack();
  const clock = clockFrom(kept.closed.filledAt + 10 * 60_000);
  const { closed: contents, observation: before_ } = kept;
  let dataDir: string;
  let ledgerBefore: readonly LedgerRow[];
  let trailBefore: Trail;
  let opened: Opened;
  let now: Observation;
  before(async () => {
    dataDir = await unpackKept(NAME, 'closed', stack);
    ledgerBefore = ledgerOf(dataDir);
    trailBefore = await trailOf(dataDir);
    opened = await openKept(dataDir, clock);
    stack.defer(() => opened.close());
    now = await observe(opened.by, contents);
  });
  after(() => stack.disposeAsync());

  test('its records are brought up to date once, and nothing is wrong with them', () => {
    const ledger = ledgerOf(dataDir);
    assert.equal(ledgerBefore.length, OLD_MIGRATIONS);
    assert.deepEqual(ledger.slice(0, OLD_MIGRATIONS), ledgerBefore);
    assert.deepEqual(
      ledger.map(({ name }) => name),
      migrations.map(({ name }) => name),
    );
    assertOnlyNamesOfNobody(opened.complaints.map(String));
  });

  test('repositories, images, tags, profiles, jobs and policies are what they were', () => {
    assert.deepEqual(now.repositories, before_.repositories);
    assert.deepEqual(now.images, before_.images);
    assert.deepEqual(now.referrers, before_.referrers);
    assert.deepEqual(now.pulled, before_.pulled);
    assert.deepEqual(now.signer, before_.signer);
    assert.deepEqual(now.registry, before_.registry);
  });

  test('identities are what they were, and may what they could', () => {
    assert.deepEqual(now.identities, before_.identities);
    assert.deepEqual(now.decisions, { ...before_.decisions, ...decisionsNow });
  });

  test('signing statuses tell what is there', () => {
    assert.deepEqual(now.statuses, { ...before_.statuses, ...statusesNow });
  });

  test('every image is pulled with its bytes', async () => {
    const names = Object.keys(contents.images).length;
    assert.ok((await pullEverything(opened.by, now)) > 2 * names);
  });

  test('signatures verify; what was never signed, is expired or gone does not', async () => {
    for (const [name, expected] of [
      ['app', true],
      ['index', true],
      ['child arm64', true],
      ['fixed', true],
      ['by the cancelled profile', true],
      ['by its successor', true],
      ['before the rules', false],
      ['expired', false],
      ['unsigned by a clean-up', false],
    ] as const)
      assert.equal(await verified(dataDir, opened.by, contents, name), expected, name);
  });

  test('a login and an upload that were begun go on', async () => {
    const { url } = opened.by.place;
    const pulled = await fetch(`${url}/v2/team/app/manifests/1.0`, {
      headers: { authorization: contents.login, accept: '*/*' },
    });
    assert.equal(pulled.headers.get('docker-content-digest'), contents.images['app']?.digest);
    await pulled.arrayBuffer();
    const authorization = await opened.by.login();
    const { path, bytes } = contents.openUpload;
    const state = await fetch(`${url}${path}`, { headers: { authorization } });
    assert.deepEqual([state.status, state.headers.get('range')], [204, `0-${bytes - 1}`]);
  });

  test('a new push is signed under the profiles that are active, by whoever may', async () => {
    const pushed = image();
    await opened.by.pushImage('team/app', 'new', pushed);
    const settled = await settledStatuses(opened.by, 'team/app', pushed.manifest.digest);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['COMPLETE', 'COMPLETE'],
    );
    const signatures = await readableSignatures(
      opened.by,
      opened.by.place.url,
      'team/app',
      pushed.manifest.digest,
    );
    assert.equal(signatures.length, 2);
    contents.images['new'] = { repository: 'team/app', digest: pushed.manifest.digest };
    assert.ok(await verified(dataDir, opened.by, contents, 'new'));

    const porter = reach(opened.by.place, contents.people['porter'] ?? assert.fail());
    const denied = image();
    await porter.pushImage('team/loose', 'dev-2', denied);
    assert.deepEqual(await statusesOf(opened.by, 'team/loose', denied.manifest.digest), {
      release: 'FAILED ACCESS_DENIED',
    });
  });

  test('who signs again: a push after an expiry and a loss, nobody by a push after a revocation', async () => {
    const again = async (name: string) => {
      const { repository, digest } = contents.images[name] ?? assert.fail(name);
      const authorization = await opened.by.login();
      const path = `${opened.by.place.url}/v2/${repository}/manifests`;
      const pulled = await fetch(`${path}/${digest}`, { headers: { authorization, accept: '*/*' } });
      const headers = { authorization, 'content-type': pulled.headers.get('content-type') ?? '' };
      const body = Buffer.from(await pulled.arrayBuffer());
      assert.equal((await fetch(`${path}/again`, { method: 'PUT', headers, body })).status, 201);
      const [settled] = await settledStatuses(opened.by, repository, digest);
      return settled?.failureCode ?? settled?.status;
    };
    assert.equal(await again('expired'), 'COMPLETE');
    assert.equal(await again('unsigned by a clean-up'), 'COMPLETE');
    assert.ok(await verified(dataDir, opened.by, contents, 'unsigned by a clean-up'));
    assert.equal(await again('revoked'), 'SIGNATURE_REVOKED');
    assert.equal(await again('revoked and removed'), 'SIGNATURE_REVOKED');
    // Its profile version is revoked, and there is no newer one.
    assert.equal(await again('after the revocation'), 'SIGNATURE_REVOKED');
    assert.equal((await opened.by.signer('PUT', '/signing-profiles/withdrawn', platform)).status, 200);
    assert.equal(await again('after the revocation'), 'COMPLETE');
    assert.equal(await again('own-digest index'), 'COMPLETE', 'it is an image whatever its tag');
  });

  test('signatures that deleted images left behind go', async () => {
    const repositoryName = 'team/emptied';
    assert.equal(now.images[repositoryName]?.length, 1);
    assert.equal(await opened.upkeep.removeReferrers(), 1);
    const { status, body } = await opened.by.ecr('DescribeImages', { repositoryName });
    assert.deepEqual([status, body['imageDetails']], [200, []]);
    assert.equal((await opened.by.ecr('DeleteRepository', { repositoryName })).status, 200);
    // What lies with images that are there stays.
    const sbom = contents.images['SBOM'] ?? assert.fail();
    const left = await opened.by.ecr('DescribeImages', {
      repositoryName: sbom.repository,
      imageIds: [{ imageDigest: sbom.digest }],
    });
    assert.equal(left.status, 200);
  });

  test('who gets the name of a user that was deleted gets nothing that was meant for that one', async () => {
    await opened.by.must('iam', 'CreateUser', { UserName: 'gone' });
    await opened.by.must('iam', 'PutUserPolicy', {
      UserName: 'gone',
      PolicyName: 'own',
      PolicyDocument: identityDocument(allowing('sts:AssumeRole')),
    });
    const made = await opened.by.must('iam', 'CreateAccessKey', { UserName: 'gone' });
    const { AccessKeyId, SecretAccessKey } = membersOf(made['AccessKey'] ?? '');
    const secretAccessKey = textOf(SecretAccessKey);
    const gone = reach(opened.by.place, { accessKeyId: textOf(AccessKeyId), secretAccessKey });
    for (const role of ['ci/deploy', 'orphan']) {
      const RoleArn = `arn:aws:iam::${contents.accountId}:role/${role}`;
      const assumed = await gone.form('sts', 'AssumeRole', { RoleArn, RoleSessionName: 'again' });
      assert.deepEqual([assumed.status, assumed.code], [403, 'AccessDenied'], role);
    }
    const listed = await gone.ecr('DescribeImages', { repositoryName: 'team/app' });
    assert.match(String(listed.body['__type']), /AccessDenied/);
    assert.match(String((await gone.ecr('DescribeRepositories', {})).body['__type']), /AccessDenied/);
    await opened.by.must('iam', 'DeleteAccessKey', { UserName: 'gone', AccessKeyId: textOf(AccessKeyId) });
    await opened.by.must('iam', 'DeleteUserPolicy', { UserName: 'gone', PolicyName: 'own' });
    await opened.by.must('iam', 'DeleteUser', { UserName: 'gone' });
  });

  test('tags that were immutable stay so', async () => {
    const other = image();
    for (const blob of other.blobs) await opened.by.pushBlob('team/fixed', blob);
    await assert.rejects(opened.by.pushManifest('team/fixed', 'v1', other.manifest), /^Error: 400 /);
  });

  test('the trail goes on where it was, and a second start finds nothing to do', async () => {
    const ledger = ledgerOf(dataDir);
    await opened.close();
    const trail = await trailOf(dataDir);
    assert.deepEqual(trail.lines.slice(0, trailBefore.lines.length), trailBefore.lines);
    assert.ok(trail.records > trailBefore.records);
    opened = await openKept(dataDir, clock);
    assert.deepEqual(opened.complaints, []);
    assert.deepEqual(ledgerOf(dataDir), ledger);
    const again = await observe(opened.by, kept.closed);
    assert.deepEqual(again.statuses, { ...now.statuses, ...again.statuses });
    assert.deepEqual(again.identities, now.identities);
    await opened.close();
    await trailOf(dataDir);
  });
});

test('a directory that was killed under work is opened by a server of today', async (t) => {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const dataDir = await unpackKept(NAME, 'killed', stack);
  const { killed: contents } = kept;
  const args = ['--log-level', 'warn', '--log-format', 'json'];
  const server = await startServe(dataDir, { args });
  stack.defer(() => void server.child.kill('SIGKILL'));
  const credentials = readCredentialsFile(join(dataDir, 'credentials')) ?? assert.fail();
  const by = reach({ url: server.url, now: () => Date.now() }, credentials);
  for (let at = 0; at < 4; at += 1) {
    const { repository, digest } = contents.images[`last ${at}`] ?? assert.fail();
    const settled = await settledStatuses(by, repository, digest);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['COMPLETE'],
    );
    assert.equal((await readableSignatures(by, server.url, repository, digest)).length, 1);
  }
  assert.ok(await verified(dataDir, by, contents, 'last 3'));
  await by.must('iam', 'GetUser', { UserName: 'last' });
  const observed = await observe(by, { ...contents, people: kept.closed.people });
  assert.ok((await pullEverything(by, observed)) > 100);
  await sleep(1500);
  const doctor = await runCli(['doctor', '--data-dir', dataDir]);
  assert.equal(doctor.code, 0, doctor.stdout);
  server.child.kill('SIGTERM');
  const { code, stdout } = await server.result;
  assert.equal(code, 0);
  // That the last process ended without a word is noted in the trail; the log has nothing else to complain of.
  assertOnlyNamesOfNobody(linesOf(stdout));
  await trailOf(dataDir);
  const second = await startServe(dataDir, { args });
  second.child.kill('SIGTERM');
  const result = await second.result;
  assert.equal(result.code, 0);
  assertOnlyNamesOfNobody(linesOf(result.stdout));
});

test('records of a newer version are refused', async (t) => {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  const dataDir = await unpackKept(NAME, 'closed', stack);
  const clock = clockFrom(kept.closed.filledAt + 60_000);
  await (await openKept(dataDir, clock)).close();
  {
    using records = new DatabaseSync(join(dataDir, 'metadata.db'));
    records
      .prepare('insert into schema_migrations (number, name, applied_at) values (?, ?, ?)')
      .run(migrations.length + 1, '9999-of-tomorrow', 1);
  }
  await assert.rejects(
    openKept(dataDir, clock),
    /9999-of-tomorrow: it was made by a newer version, which must open it/,
  );
  const { code, stderr } = await runCli(['serve', '--port', '0', '--data-dir', dataDir]);
  assert.equal(code, 1);
  assert.match(stderr, /9999-of-tomorrow/);
});
