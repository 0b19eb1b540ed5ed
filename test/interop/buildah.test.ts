/** buildah: builds for two platforms, pushes the index, and builds on what it pulls back. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { distribution } from './harness/distribution.ts';
import { ok, run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';

interface Index {
  readonly mediaType: string;
  readonly manifests: readonly {
    readonly digest: string;
    readonly mediaType: string;
    readonly platform: { readonly architecture: string };
  }[];
}

function buildahClient(dir: string, host: string): Client {
  const { env } = containerTools(join(dir, 'tools'), host);
  const buildah = (args: readonly string[], input = '') =>
    run(clientPath('buildah'), args, { cwd: dir, env, input });
  const forget = () => buildah(['rmi', '--all', '--force']);
  return {
    login: (password) => buildah(['login', '--username', 'AWS', '--password-stdin', host], password),
    push: async ({ layout }, reference) => {
      await forget();
      // It makes a name of the path, which must then be in lower case: hence a relative one.
      const id = (await buildah(['pull', '--quiet', `oci:${basename(layout)}`])).stdout.trim();
      return buildah(['push', '--quiet', id, `docker://${reference}`]);
    },
    pull: async (reference) => {
      await forget();
      return buildah(['pull', '--quiet', reference]);
    },
    pulled: () => ok(clientPath('buildah'), ['images', '--format', '{{.Digest}}'], { env }),
  };
}

clientScenarios('buildah', buildahClient, { hides: { wrongPassword: /invalid username\/password/ } });

describe('buildah', () => {
  const program = clientPath('buildah');
  let registry: SigningRegistry;
  let env: Readonly<Record<string, string>>;
  const buildah = (...args: string[]): Promise<string> => ok(program, args, { env });

  before(async () => {
    registry = await signingRegistry();
    env = containerTools(join(registry.dir, 'tools'), registry.host).env;
    await registry.createRepository('signed/tool');
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host];
    await ok(program, login, { env, input: await registry.password() });
  });
  after(() => registry.close());

  test('pushes an index over two platforms that it built, and all three are signed', async () => {
    const files = join(registry.dir, 'files');
    mkdirSync(files, { recursive: true });
    await buildah('manifest', 'create', 'tool');
    for (const platform of ['amd64', 'arm64']) {
      writeFileSync(join(files, 'platform'), `${platform}\n`);
      const container = await buildah('from', 'scratch');
      await buildah('config', '--os', 'linux', '--arch', platform, container);
      await buildah('copy', container, files, '/');
      const name = `localhost/tool:${platform}`;
      await buildah('commit', '--format', 'oci', '--rm', container, name);
      await buildah(
        'manifest',
        'add',
        '--os',
        'linux',
        '--arch',
        platform,
        'tool',
        `containers-storage:${name}`,
      );
    }
    const target = `docker://${registry.host}/signed/tool:1.0`;
    await buildah('manifest', 'push', '--all', '--format', 'oci', '--tls-verify=false', 'tool', target);

    await registry.signed('signed/tool', { imageTag: '1.0' });
    const { manifest } = distribution(registry.server.url, await registry.password());
    const index = JSON.parse((await manifest('signed/tool', '1.0')).toString('utf8')) as Index;
    assert.equal(index.mediaType, 'application/vnd.oci.image.index.v1+json');
    assert.deepEqual(index.manifests.map(({ platform }) => platform.architecture).toSorted(), [
      'amd64',
      'arm64',
    ]);
    for (const { digest } of index.manifests) await registry.signed('signed/tool', { imageDigest: digest });
  });

  test('pushes the list and its images in the types of Docker, and all three are signed', async () => {
    const target = `docker://${registry.host}/signed/tool:docker`;
    await buildah('manifest', 'push', '--all', '--format', 'v2s2', '--tls-verify=false', 'tool', target);
    await registry.signed('signed/tool', { imageTag: 'docker' });
    const { manifest } = distribution(registry.server.url, await registry.password());
    const list = JSON.parse((await manifest('signed/tool', 'docker')).toString('utf8')) as Index;
    assert.equal(list.mediaType, 'application/vnd.docker.distribution.manifest.list.v2+json');
    assert.equal(list.manifests.length, 2);
    for (const { digest, mediaType } of list.manifests) {
      assert.equal(mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
      await registry.signed('signed/tool', { imageDigest: digest });
    }
  });

  test('pulls a Docker list over OCI images, which is signed like any index', async () => {
    const distributed = distribution(registry.server.url, await registry.password());
    const index = JSON.parse((await distributed.manifest('signed/tool', '1.0')).toString('utf8')) as Index;
    const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const list = Buffer.from(JSON.stringify({ ...index, mediaType }));
    await distributed.pushManifest('signed/tool', list, 'mixed');
    await registry.signed('signed/tool', { imageTag: 'mixed' });
    await buildah('pull', '--policy', 'always', `${registry.host}/signed/tool:mixed`);
  });

  test('builds on the image that it pulls, and pushes the result with the shared layer', async () => {
    const base = `${registry.host}/signed/tool:1.0`;
    const container = await buildah('from', '--pull-always', base);
    writeFileSync(join(registry.dir, 'more'), 'one more layer\n');
    await buildah('copy', container, join(registry.dir, 'more'), '/more');
    const next = `${registry.host}/signed/tool:1.1`;
    await buildah('commit', '--format', 'oci', '--rm', container, next);
    await buildah('push', next);
    await registry.signed('signed/tool', { imageTag: '1.1' });
    assert.equal(
      await buildah('inspect', '--type', 'image', '--format', '{{len .OCIv1.RootFS.DiffIDs}}', next),
      '2',
    );
  });
});
