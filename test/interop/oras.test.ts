/** oras: artifacts of any type are signed, what refers to an image is not, and referrers are found without tags. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { fails, ok, run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';
import { digestInLayout } from './harness/small-image.ts';

function orasClient(dir: string, host: string): Client {
  const env = { HOME: dir, DOCKER_CONFIG: join(dir, 'docker') };
  const folder = join(dir, 'pulled');
  const oras = (args: readonly string[], input = '') => run(clientPath('oras'), args, { env, input });
  return {
    login: (password) =>
      oras(['login', '--plain-http', '--username', 'AWS', '--password-stdin', host], password),
    push: ({ layout, tag }, reference) =>
      oras(['cp', '--to-plain-http', '--from-oci-layout', `${layout}:${tag}`, reference]),
    pull: (reference) => {
      rmSync(folder, { recursive: true, force: true });
      return oras(['cp', '--from-plain-http', reference, '--to-oci-layout', `${folder}:pulled`]);
    },
    pulled: () => Promise.resolve(digestInLayout(folder)),
    remove: (reference) => oras(['manifest', 'delete', '--plain-http', '--force', reference]),
  };
}

clientScenarios('oras', orasClient, {
  hides: {
    anonymousPull: /basic credential not found/,
    anonymousPush: /basic credential not found/,
    // It asks with HEAD, whose answer has no text.
    absentImage: /signed\/app:[a-z0-9.]+: not found/,
  },
});

const signatureType = 'application/vnd.cncf.notary.signature';

interface Discovered {
  readonly manifests?: readonly { readonly digest: string; readonly artifactType: string }[];
}

describe('oras', () => {
  const program = clientPath('oras');
  let registry: SigningRegistry;
  let cwd: string;
  let artifact: string;
  const oras = (...args: string[]): Promise<string> =>
    ok(program, args, { cwd, env: { HOME: registry.dir, DOCKER_CONFIG: join(registry.dir, 'docker') } });
  const discover = async (reference: string, ...args: string[]): Promise<readonly string[]> => {
    const found = JSON.parse(
      await oras('discover', '--plain-http', '--format', 'json', ...args, reference),
    ) as Discovered;
    return (found.manifests ?? []).map(({ artifactType }) => artifactType).toSorted();
  };

  before(async () => {
    registry = await signingRegistry();
    cwd = join(registry.dir, 'files');
    mkdirSync(cwd, { recursive: true });
    artifact = `${registry.host}/signed/chart:1.0`;
    await registry.createRepository('signed/chart');
    const login = ['login', '--plain-http', '--username', 'AWS', '--password-stdin', registry.host];
    await ok(program, login, {
      env: { HOME: registry.dir, DOCKER_CONFIG: join(registry.dir, 'docker') },
      input: await registry.password(),
    });
  });
  after(() => registry.close());

  test('pushes an artifact without a subject, and it is signed', async () => {
    writeFileSync(join(cwd, 'values.yaml'), 'replicas: 3\n');
    await oras(
      'push',
      '--plain-http',
      '--artifact-type',
      'application/vnd.example.chart',
      artifact,
      'values.yaml:application/yaml',
    );
    await registry.signed('signed/chart', { imageTag: '1.0' });
    assert.deepEqual(await discover(artifact), [signatureType]);
  });

  test('attaches an SBOM, which is found as a referrer and never signed', async () => {
    writeFileSync(join(cwd, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}\n');
    const made = await oras(
      'attach',
      '--plain-http',
      '--format',
      'json',
      '--artifact-type',
      'application/spdx+json',
      artifact,
      'sbom.json:application/spdx+json',
    );
    const { digest } = JSON.parse(made) as { digest: string };
    assert.deepEqual(await discover(artifact), [signatureType, 'application/spdx+json'].toSorted());
    assert.deepEqual(await discover(artifact, '--artifact-type', 'application/spdx+json'), [
      'application/spdx+json',
    ]);
    assert.deepEqual(await registry.settled('signed/chart', { imageDigest: digest }), []);
  });

  test('leaves no fallback tags behind', async () => {
    assert.equal(await oras('repo', 'tags', '--plain-http', `${registry.host}/signed/chart`), '1.0');
  });

  test('pulls the file that it pushed', async () => {
    await oras('pull', '--plain-http', '--output', join(registry.dir, 'pulled'), artifact);
    assert.equal(readFileSync(join(registry.dir, 'pulled', 'values.yaml'), 'utf8'), 'replicas: 3\n');
  });

  test('copies an artifact together with its signature and SBOM', async () => {
    await registry.createRepository('mirror/chart');
    const mirror = `${registry.host}/mirror/chart:1.0`;
    await oras('cp', '--recursive', '--from-plain-http', '--to-plain-http', artifact, mirror);
    assert.deepEqual(await discover(mirror), [signatureType, 'application/spdx+json'].toSorted());
  });

  test('deletes the artifact and is told afterwards that it is not there', async () => {
    await oras('manifest', 'delete', '--plain-http', '--force', `${registry.host}/mirror/chart:1.0`);
    const said = await fails(
      program,
      ['manifest', 'fetch', '--plain-http', `${registry.host}/mirror/chart:1.0`],
      { env: { HOME: registry.dir, DOCKER_CONFIG: join(registry.dir, 'docker') } },
    );
    assert.match(said, /not found/i);
  });
});
