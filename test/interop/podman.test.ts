/** podman: load, push, remove, pull again, with the signing status following the push. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { layoutTag, realImage } from './harness/image.ts';
import { fails, ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';

describe('podman', () => {
  const program = clientPath('podman');
  let registry: SigningRegistry;
  let env: Readonly<Record<string, string>>;
  let image: string;
  const podman = (...args: string[]): Promise<string> => ok(program, args, { env });

  before(async () => {
    registry = await signingRegistry();
    env = containerTools(join(registry.dir, 'tools'), registry.host).env;
    image = `${registry.host}/signed/app:1.0`;
    await registry.createRepository('signed/app');
  });
  after(() => registry.close());

  test('logs in with the token of GetAuthorizationToken', async () => {
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host];
    await ok(program, login, { env, input: await registry.password() });
    assert.equal(await podman('login', '--get-login', registry.host), 'AWS');
  });

  test('pushes an image that then is signed under the digest that podman computed', async () => {
    const archive = join(registry.dir, 'app.tar');
    const source = `oci:${await realImage()}:${layoutTag}`;
    await ok(clientPath('skopeo'), ['copy', source, `oci-archive:${archive}:${image}`], { env });
    await podman('load', '--quiet', '--input', archive);
    const digestFile = join(registry.dir, 'digest');
    await podman('push', '--digestfile', digestFile, image);
    const digest = await ok('cat', [digestFile]);
    assert.equal(await registry.signed('signed/app', { imageTag: '1.0' }), digest);
  });

  test('pulls it by tag and by digest', async () => {
    const digest = await registry.signed('signed/app', { imageTag: '1.0' });
    await podman('rmi', '--all', '--force');
    const byTag = await podman('pull', '--quiet', image);
    assert.equal(await podman('pull', '--quiet', `${registry.host}/signed/app@${digest}`), byTag);
    assert.equal(await podman('image', 'inspect', '--format', '{{.Digest}}', byTag), digest);
    assert.equal(await podman('image', 'inspect', '--format', '{{len .RootFS.Layers}}', byTag), '3');
  });

  test('is told why a push is refused', async () => {
    await podman('tag', image, `${registry.host}/signed/none:1.0`);
    const said = await fails(program, ['push', `${registry.host}/signed/none:1.0`], { env });
    assert.match(said, /repository with name 'signed\/none' does not exist/i);
  });

  test('cannot pull after logging out', async () => {
    await podman('logout', registry.host);
    assert.match(await fails(program, ['pull', image], { env }), /unauthorized|401|no basic auth/i);
  });
});
