/** podman: load, push, remove, pull again, with the signing status following the push. */
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { layoutTag, realImage } from './harness/image.ts';
import { fails, ok, run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';

function podmanClient(dir: string, host: string): Client {
  const { env } = containerTools(join(dir, 'tools'), host);
  const podman = (args: readonly string[], input = '') =>
    run(clientPath('podman'), args, { cwd: dir, env, input });
  const forget = () => podman(['image', 'rm', '--all', '--force']);
  return {
    login: (password) => podman(['login', '--username', 'AWS', '--password-stdin', host], password),
    push: async ({ layout }, reference) => {
      await forget();
      // It makes a name of the path, which must then be in lower case: hence a relative one.
      const id = (await podman(['pull', '--quiet', `oci:${basename(layout)}`])).stdout.trim();
      return podman(['push', '--quiet', id, reference]);
    },
    pull: async (reference) => {
      await forget();
      return podman(['pull', '--quiet', reference]);
    },
    pulled: (reference) =>
      ok(clientPath('podman'), ['image', 'inspect', '--format', '{{.Digest}}', reference], { env }),
  };
}

clientScenarios('podman', podmanClient, { hides: { wrongPassword: /invalid username\/password/ } });

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

  test('cannot pull after logging out', async () => {
    await podman('logout', registry.host);
    assert.match(await fails(program, ['pull', image], { env }), /unauthorized|401|no basic auth/i);
  });
});
