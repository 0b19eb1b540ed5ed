/** skopeo: a two-platform index goes in, is signed with its children, and comes out byte for byte. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { type ContainerTools, containerTools } from './harness/container-tools.ts';
import { layoutTag, realImage } from './harness/image.ts';
import { ok, run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';

interface Index {
  readonly manifests: readonly { readonly digest: string }[];
}

function skopeoClient(dir: string, host: string): Client {
  const { env } = containerTools(join(dir, 'tools'), host);
  const folder = join(dir, 'pulled');
  const skopeo = (args: readonly string[], input = '') => run(clientPath('skopeo'), args, { env, input });
  return {
    login: (password) =>
      skopeo(['login', '--tls-verify=false', '--username', 'AWS', '--password-stdin', host], password),
    push: ({ layout }, reference) => skopeo(['copy', `oci:${layout}`, `docker://${reference}`]),
    pull: (reference) => {
      rmSync(folder, { recursive: true, force: true });
      return skopeo(['copy', `docker://${reference}`, `dir:${folder}`]);
    },
    pulled: () => ok(clientPath('skopeo'), ['manifest-digest', join(folder, 'manifest.json')], { env }),
    remove: (reference) => skopeo(['delete', `docker://${reference}`]),
  };
}

clientScenarios('skopeo', skopeoClient, { hides: { wrongPassword: /invalid username\/password/ } });

describe('skopeo', () => {
  const skopeo = clientPath('skopeo');
  let registry: SigningRegistry;
  let tools: ContainerTools;
  let source: string;
  let image: string;

  before(async () => {
    registry = await signingRegistry();
    tools = containerTools(join(registry.dir, 'tools'), registry.host);
    source = `oci:${await realImage()}:${layoutTag}`;
    image = `docker://${registry.host}/signed/app:1.0`;
    await registry.createRepository('signed/app');
    const login = ['login', '--tls-verify=false', '--username', 'AWS', '--password-stdin', registry.host];
    await ok(skopeo, login, { env: tools.env, input: await registry.password() });
  });
  after(() => registry.close());

  test('pushes the index and its children, and each gets its own signature', async () => {
    await ok(skopeo, ['copy', '--all', source, image], { env: tools.env });
    const digest = await registry.signed('signed/app', { imageTag: '1.0' });
    const raw = await ok(skopeo, ['inspect', '--raw', image], { env: tools.env });
    const children = (JSON.parse(raw) as Index).manifests;
    assert.equal(children.length, 2);
    for (const child of children) {
      assert.equal(await registry.signed('signed/app', { imageDigest: child.digest }), child.digest);
    }
    const manifest = join(registry.dir, 'index.json');
    await ok(skopeo, ['copy', '--all', image, `dir:${join(registry.dir, 'pulled')}`], { env: tools.env });
    await ok('cp', [join(registry.dir, 'pulled', 'manifest.json'), manifest]);
    assert.equal(await ok(skopeo, ['manifest-digest', manifest], { env: tools.env }), digest);
  });

  test('pulls the same bytes that it pushed', async () => {
    const original = join(registry.dir, 'original');
    await ok(skopeo, ['copy', '--all', source, `dir:${original}`], { env: tools.env });
    await ok('diff', ['-r', original, join(registry.dir, 'pulled')]);
  });

  test('pushes once more without sending anything twice, and no second signature is made', async () => {
    await ok(skopeo, ['copy', '--all', source, image], { env: tools.env });
    assert.equal((await registry.settled('signed/app', { imageTag: '1.0' })).length, 1);
  });

  test('sees tags and platforms', async () => {
    const tags = JSON.parse(
      await ok(skopeo, ['list-tags', `docker://${registry.host}/signed/app`], { env: tools.env }),
    ) as { Tags: string[] };
    assert.deepEqual(tags.Tags, ['1.0']);
    const arm = JSON.parse(
      await ok(skopeo, ['inspect', '--override-arch', 'arm64', image], { env: tools.env }),
    ) as { Architecture: string; Layers: string[] };
    assert.equal(arm.Architecture, 'arm64');
    assert.equal(arm.Layers.length, 3);
  });

  test('moves an image between repositories, as a Docker schema 2 image as well', async () => {
    await registry.createRepository('signed/docker-types');
    const target = `docker://${registry.host}/signed/docker-types:1.0`;
    await ok(skopeo, ['copy', '--format', 'v2s2', image, target], { env: tools.env });
    await registry.signed('signed/docker-types', { imageTag: '1.0' });
    const raw = JSON.parse(await ok(skopeo, ['inspect', '--raw', target], { env: tools.env })) as {
      mediaType: string;
    };
    assert.equal(raw.mediaType, 'application/vnd.docker.distribution.manifest.v2+json');
  });

  test('mirrors a repository with all its tags to a folder and from there to another repository', async () => {
    const { env } = tools;
    await ok(skopeo, ['copy', '--all', image, `docker://${registry.host}/signed/app:stable`], { env });
    const folder = join(registry.dir, 'mirror');
    const whole = `${registry.host}/signed/app`;
    await ok(skopeo, ['sync', '--all', '--src', 'docker', '--dest', 'dir', whole, folder], { env });
    assert.deepEqual(readdirSync(folder).toSorted(), ['app:1.0', 'app:stable']);
    await registry.createRepository('mirror/app');
    const target = `${registry.host}/mirror`;
    await ok(skopeo, ['sync', '--all', '--src', 'dir', '--dest', 'docker', folder, target], { env });
    const list = ['list-tags', `docker://${target}/app`];
    assert.deepEqual((JSON.parse(await ok(skopeo, list, { env })) as { Tags: string[] }).Tags, [
      '1.0',
      'stable',
    ]);
    assert.equal(
      await ok(skopeo, ['inspect', '--raw', `docker://${target}/app:stable`], { env }),
      await ok(skopeo, ['inspect', '--raw', image], { env }),
    );
  });

  test('deletes a digest with all its tags', async () => {
    const { env } = tools;
    await ok(skopeo, ['delete', `docker://${registry.host}/mirror/app:1.0`], { env });
    const list = ['list-tags', `docker://${registry.host}/mirror/app`];
    assert.deepEqual((JSON.parse(await ok(skopeo, list, { env })) as { Tags: string[] }).Tags, []);
  });

  test('leaves the login in its own file only', () => {
    assert.match(readFileSync(tools.authFile, 'utf8'), new RegExp(registry.host));
  });
});
