// `sealport sign`, and what `status` says of signatures that are good no more: as users run them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SignDocument } from '../../../src/cli/client/admin.ts';
import { readCredentialsFile } from '../../../src/config/index.ts';
import { type ApiClient, apiClient } from '../../helpers/api-client.ts';
import { image, index } from '../../helpers/images.ts';
import { type CliResult, runCli } from '../../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';

let directory: string;
let dataDir: string;
let server: ServeProcess;
let client: ApiClient;
const children = [image(), image()];
const single = image();
const over = index(children.map(({ manifest }) => ({ manifest, architecture: 'amd64' })));
before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-sign-'));
  dataDir = join(directory, 'data');
  server = await startServe(dataDir);
  const credentials = readCredentialsFile(join(dataDir, 'credentials'));
  assert.ok(credentials);
  client = apiClient({ url: server.url, region: 'us-east-1', credentials });
  await client.ecr('CreateRepository', { repositoryName: 'team/app' });
  for (const child of children) await client.pushImage('team/app', child.manifest.digest, child);
  await client.pushManifest('team/app', 'multi', over);
  await client.pushImage('team/app', 'single', single);
  const platformId = 'Notation-OCI-SHA384-ECDSA';
  const { body } = await client.signer('PUT', '/signing-profiles/release', { platformId });
  const rules = [{ signingProfileArn: body['arn'] }];
  await client.ecr('PutSigningConfiguration', { signingConfiguration: { rules } });
});
after(async () => {
  server.child.kill('SIGTERM');
  await server.result;
  rmSync(directory, { recursive: true, force: true });
});

const sealport = (...args: string[]): Promise<CliResult> =>
  runCli([...args, '--endpoint', server.url, '--data-dir', dataDir]);

async function outcomes(...args: string[]): Promise<{ code: number | null; outcomes: readonly string[] }> {
  const { code, stdout } = await sealport('sign', ...args, '--json');
  const asked = JSON.parse(stdout) as readonly (SignDocument | { readonly error: string })[];
  return {
    code,
    outcomes: asked.flatMap((each) =>
      'error' in each ? ['error'] : each.signingProfiles.map(({ outcome }) => outcome),
    ),
  };
}

test('several images, and the children of an index, are signed; again nothing is', async () => {
  const images = ['team/app:multi', `team/app@${single.manifest.digest}`];
  const four = (outcome: string) => ({ code: 0, outcomes: Array.from({ length: 4 }, () => outcome) });
  assert.deepEqual(await outcomes(...images, '--dry-run'), four('PLANNED'));
  const rehearsed = await sealport('status', 'team/app:single', '--wait');
  assert.match(rehearsed.stdout, /Not signed: no signing rule matched/);

  const { code, stdout, stderr } = await sealport('sign', ...images);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /4 signatures on the way/);
  for (const digest of [over.digest, ...[single, ...children].map(({ manifest }) => manifest.digest)])
    assert.ok(stdout.includes(`team/app@${digest}\n  PLANNED `), stdout);
  for (const name of images) assert.equal((await sealport('status', name, '--wait')).code, 0);
  assert.deepEqual(await outcomes(...images), four('COMPLETE'));
});

test('a revoked signature fails the status, and is followed by another one only with --again', async () => {
  await sealport('sign', 'team/app:single');
  await sealport('status', 'team/app:single', '--wait');
  const { body } = await client.signer('GET', '/signing-jobs');
  const jobs = body['jobs'] as { jobId: string }[];
  for (const { jobId } of jobs)
    await client.signer('PUT', `/signing-jobs/${jobId}/revoke`, { reason: 'a leaked build' });

  const status = await sealport('status', 'team/app:single', '--wait');
  assert.equal(status.code, 1);
  assert.match(status.stdout, /^FAILED .*\n {2}SIGNATURE_REVOKED: .*a leaked build.*sealport sign --again/m);
  const json = await sealport('status', 'team/app:single', '--json');
  assert.equal(json.code, 1);
  const { signingStatuses } = JSON.parse(json.stdout) as { signingStatuses: { failureCode: string }[] };
  assert.deepEqual(
    signingStatuses.map(({ failureCode }) => failureCode),
    ['SIGNATURE_REVOKED'],
  );

  const refused = await sealport('sign', 'team/app:single');
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /NOT_SIGNED .*\n {4}SIGNATURE_REVOKED: /);
  assert.deepEqual(await outcomes('team/app:single', '--again'), { code: 0, outcomes: ['PLANNED'] });
  assert.equal((await sealport('status', 'team/app:single', '--wait')).code, 0);
});

test('an image that is not there fails the command, and the others are signed still', async () => {
  const { code, outcomes: told } = await outcomes('team/app:nowhere', 'team/app:single');
  assert.equal(code, 1);
  assert.deepEqual([told[0], told.length], ['error', 2]);
  const text = await sealport('sign', 'team/app:nowhere');
  assert.match(text.stdout, /^team\/app:nowhere\n {2}.*does not exist/);
});

test('wrong arguments are told from a failure', async () => {
  assert.equal((await sealport('sign')).code, 2);
  assert.equal((await sealport('sign', 'Team/App')).code, 2);
  assert.equal((await sealport('sign', 'team/app:single', '--all')).code, 2);
  const help = await runCli(['sign', '--help']);
  assert.equal(help.code, 0);
  for (const text of ['--again', '--dry-run', '--json', 'Exit code'])
    assert.ok(help.stdout.includes(text), text);
});
