// login, status, verify and trust export against one server with a signed and an unsigned image.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Session, sessionWith } from '../../../src/cli/client/session.ts';
import { buildDemoImage } from '../../../src/cli/demo/image.ts';
import { readCredentialsFile } from '../../../src/config/index.ts';
import { type CliResult, runCli } from '../../helpers/run-cli.ts';
import { type ServeProcess, startServe } from '../../helpers/serve-process.ts';

const image = buildDemoImage(Date.UTC(2026, 0, 2));
let directory: string;
let dataDir: string;
let server: ServeProcess;
let session: Session;

async function push(repositoryName: string): Promise<void> {
  await session.ecr.call('CreateRepository', { repositoryName });
  for (const blob of image.blobs) await session.registry.pushBlob(repositoryName, blob.digest, blob.bytes);
  for (const manifest of image.children)
    await session.registry.putManifest(repositoryName, manifest.digest, manifest.mediaType, manifest.bytes);
  await session.registry.putManifest(repositoryName, '1.0', image.index.mediaType, image.index.bytes);
}

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-commands-'));
  dataDir = join(directory, 'data');
  server = await startServe(dataDir);
  const credentials = readCredentialsFile(join(dataDir, 'credentials'));
  assert.ok(credentials);
  session = sessionWith(
    { endpoint: server.url, dataDir, accountId: '123456789012', region: 'us-east-1' },
    { ...credentials, from: dataDir },
  );
  const rules = [];
  for (const [name, signingParameters] of [
    ['team', {}],
    ['ca_cose', { signingScheme: 'notary.x509', envelope: 'cose' }],
  ] as const) {
    const { arn } = await session.signer.putSigningProfile(name, {
      platformId: 'Notation-OCI-SHA384-ECDSA',
      signingParameters,
    });
    rules.push({
      signingProfileArn: arn,
      repositoryFilters: [{ filter: 'signed/*', filterType: 'WILDCARD_MATCH' as const }],
    });
  }
  await session.ecr.call('PutSigningConfiguration', { signingConfiguration: { rules } });
  await push('signed/app');
  await push('plain/app');
});

after(async () => {
  session.close();
  server.child.kill('SIGTERM');
  await server.result;
  rmSync(directory, { recursive: true, force: true });
});

/** Runs a client command against the server. */
function sealport(...args: string[]): Promise<CliResult> {
  return runCli([...args, '--endpoint', server.url, ...(args[0] === 'trust' ? [] : ['--data-dir', dataDir])]);
}

describe('status', () => {
  test('waits until every profile has signed', async () => {
    const { code, stdout, stderr } = await sealport('status', 'signed/app:1.0', '--wait', '--json');
    assert.equal(code, 0, stderr);
    const { signingStatuses, imageId } = JSON.parse(stdout) as {
      signingStatuses: { status: string; signingProfileArn: string }[];
      imageId: { imageDigest: string };
    };
    assert.deepEqual(
      signingStatuses.map(({ status }) => status),
      ['COMPLETE', 'COMPLETE'],
    );
    assert.equal(imageId.imageDigest, image.index.digest);
  });

  test('prints a table without colours into a pipe', async () => {
    const { stdout } = await sealport('status', `signed/app@${image.index.digest}`, '--wait');
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], `signed/app@${image.index.digest}`);
    assert.match(lines[1] ?? '', /^STATUS {4}PROFILE$/);
    assert.match(
      lines[2] ?? '',
      /^COMPLETE {2}arn:aws:signer:us-east-1:123456789012:\/signing-profiles\/\w+$/,
    );
    assert.equal(lines.length, 4);
  });

  test('explains an image that no rule matched, and takes it as no failure', async () => {
    const { code, stdout } = await sealport('status', 'plain/app:1.0', '--wait');
    assert.equal(code, 0);
    assert.match(stdout, /no signing rule matched/);
  });

  test('names what is missing', async () => {
    const image = await sealport('status', 'signed/app:9');
    assert.equal(image.code, 1);
    assert.match(image.stderr, /ImageNotFoundException/);
    const repository = await sealport('status', 'nowhere/app:9');
    assert.equal(repository.code, 1);
    assert.match(repository.stderr, /RepositoryNotFoundException/);
  });

  test('refuses to answer for an image of another host', async () => {
    const { code, stderr } = await sealport('status', 'registry.example.com/signed/app:1.0');
    assert.equal(code, 1);
    assert.match(stderr, /the image is of registry\.example\.com/);
    const own = await sealport('status', `localhost:${server.port}/signed/app:1.0`);
    assert.equal(own.code, 0, own.stderr);
  });
});

interface Report {
  readonly verified: boolean;
  readonly signatures: readonly {
    readonly verified: boolean;
    readonly checks: readonly { readonly name: string; readonly outcome: string; readonly detail: string }[];
  }[];
}

describe('verify and trust export', () => {
  test('verifies every signature with exported trust material, both schemes and both envelopes', async () => {
    const trust = join(directory, 'trust');
    const exported = await sealport('trust', 'export', '--dir', trust);
    assert.equal(exported.code, 0, exported.stderr);
    await sealport('status', 'signed/app:1.0', '--wait');
    for (const reference of ['signed/app:1.0', `signed/app@${image.children[0]?.digest}`]) {
      const { code, stdout, stderr } = await sealport('verify', reference, '--trust-dir', trust, '--json');
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as Report;
      assert.deepEqual(
        report.signatures.map(({ verified }) => verified),
        [true, true],
      );
      const kinds = report.signatures.map(
        ({ checks }) => checks.find(({ name }) => name === 'envelope')?.detail.split(',')[0],
      );
      assert.deepEqual(new Set(kinds), new Set(['COSE', 'JWS']));
    }
  });

  test('works for users whose ready policy is for pulling and verifying', async () => {
    await sealport('status', 'signed/app:1.0', '--wait');
    for (const policy of ['SealportVerify', 'SealportPush']) {
      const created = await sealport('user', 'create', policy, '--policy', policy, '--key', '--json');
      assert.equal(created.code, 0, created.stderr);
      const key = JSON.parse(created.stdout) as { accessKeyId: string; secretAccessKey: string };
      const { code, stdout, stderr } = await runCli(['verify', 'signed/app:1.0', '--endpoint', server.url], {
        env: { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey },
      });
      assert.equal(code, 0, `${policy}: ${stdout}${stderr}`);
    }
  });

  test('lists each check with its result', async () => {
    const { code, stdout } = await sealport('verify', 'signed/app:1.0');
    assert.equal(code, 0);
    for (const check of [
      'envelope',
      'certificate-chain',
      'signature',
      'payload',
      'trust-store',
      'identity',
      'validity',
    ])
      assert.match(stdout, new RegExp(`^ +passed +${check} `, 'm'));
    assert.match(stdout, /^verified$/m);
  });

  test('refuses signatures of a root that is not trusted', async () => {
    const trust = join(directory, 'foreign');
    await sealport('trust', 'export', '--dir', trust);
    const other = mkdtempSync(join(tmpdir(), 'sealport-other-'));
    const foreign = await startServe(join(other, 'data'));
    try {
      const exported = await runCli([
        'trust',
        'export',
        '--dir',
        trust,
        '--force',
        '--endpoint',
        foreign.url,
      ]);
      assert.equal(exported.code, 0, exported.stderr);
    } finally {
      foreign.child.kill('SIGTERM');
      await foreign.result;
      rmSync(other, { recursive: true, force: true });
    }
    const { code, stdout } = await sealport('verify', 'signed/app:1.0', '--trust-dir', trust, '--json');
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.verified, false);
    for (const { checks } of report.signatures)
      assert.deepEqual(
        checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name),
        ['trust-store'],
      );
  });

  test('says no to an image without a signature, and to one without a policy', async () => {
    const plain = await sealport('verify', 'plain/app:1.0');
    assert.equal(plain.code, 1);
    assert.match(plain.stdout, /not verified: the image has no signature/);
    const trust = join(directory, 'narrow');
    await sealport('trust', 'export', '--dir', trust);
    const path = join(trust, 'trustpolicy.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"*"', '"registry.example.com/app"'));
    const outside = await sealport('verify', 'signed/app:1.0', '--trust-dir', trust);
    assert.equal(outside.code, 1);
    assert.match(outside.stderr, /the trust policy has no statement for/);
  });

  test('leaves a notation configuration alone that is not its own', async () => {
    const trust = join(directory, 'kept');
    mkdirSync(trust);
    writeFileSync(join(trust, 'trustpolicy.json'), '{"mine":true}');
    const { code, stderr } = await sealport('trust', 'export', '--dir', trust);
    assert.equal(code, 1);
    assert.match(stderr, /exists with other content/);
    assert.equal(readFileSync(join(trust, 'trustpolicy.json'), 'utf8'), '{"mine":true}');
  });
});

describe('login', () => {
  test('prints a password that the distribution API takes', async () => {
    const { code, stdout } = await sealport('login', '--password');
    assert.equal(code, 0);
    const authorization = `Basic ${Buffer.from(`AWS:${stdout.trim()}`).toString('base64')}`;
    assert.equal((await fetch(`${server.url}/v2/`, { headers: { authorization } })).status, 200);
  });

  test('shows the way for each client without the password', async () => {
    const [shown, json] = await Promise.all([sealport('login'), sealport('login', '--json')]);
    const { registry, expiresAt } = JSON.parse(json.stdout) as { registry: string; expiresAt: string };
    assert.equal(registry, `localhost:${server.port}`);
    const hours = (Date.parse(expiresAt) - Date.now()) / 3_600_000;
    assert.ok(hours > 11.9 && hours < 12.1, expiresAt);
    assert.match(shown.stdout, /docker login --username AWS --password-stdin localhost:\d+/);
    assert.match(shown.stdout, /podman login --username AWS --password-stdin --tls-verify=false/);
    assert.ok(!/[A-Za-z0-9_-]{60,}/.test(shown.stdout));
  });

  test('tells when the key is not the server’s', async () => {
    const { code, stderr } = await runCli(['login', '--endpoint', server.url], {
      cwd: directory,
      env: {
        SEALPORT_DATA_DIR: join(directory, 'empty'),
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'x'.repeat(40),
      },
    });
    assert.equal(code, 1);
    assert.match(stderr, /UnrecognizedClientException/);
  });
});
