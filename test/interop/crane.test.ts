/** crane: pushes a layout, validates what the registry serves, tags, copies and deletes. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { realImage } from './harness/image.ts';
import { fails, ok, run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';
import { digestInLayout } from './harness/small-image.ts';

function craneClient(dir: string, host: string): Client {
  const env = { HOME: dir, DOCKER_CONFIG: join(dir, 'docker') };
  const folder = join(dir, 'pulled');
  const crane = (args: readonly string[], input = '') => run(clientPath('crane'), args, { env, input });
  return {
    login: (password) => crane(['auth', 'login', host, '--username', 'AWS', '--password-stdin'], password),
    push: ({ layout }, reference) => crane(['push', layout, reference]),
    pull: (reference) => {
      rmSync(folder, { recursive: true, force: true });
      return crane(['pull', '--format', 'oci', reference, folder]);
    },
    pulled: () => Promise.resolve(digestInLayout(folder)),
    remove: (reference) => crane(['delete', reference]),
  };
}

clientScenarios('crane', craneClient);

describe('crane', () => {
  const program = clientPath('crane');
  let registry: SigningRegistry;
  let env: Readonly<Record<string, string>>;
  let image: string;
  const crane = (...args: string[]): Promise<string> => ok(program, args, { env });

  before(async () => {
    registry = await signingRegistry();
    env = { HOME: registry.dir, DOCKER_CONFIG: join(registry.dir, 'docker') };
    image = `${registry.host}/signed/app:1.0`;
    await registry.createRepository('signed/app');
    const login = ['auth', 'login', registry.host, '--username', 'AWS', '--password-stdin'];
    await ok(program, login, { env, input: await registry.password() });
  });
  after(() => registry.close());

  test('pushes the index of two platforms, and it is signed', async () => {
    await crane('push', await realImage(), image);
    assert.equal(await registry.signed('signed/app', { imageTag: '1.0' }), await crane('digest', image));
  });

  test('finds every digest, size and layer of the image right', async () => {
    assert.match(await crane('validate', '--remote', image, '--platform', 'linux/arm64'), /PASS/);
  });

  test('tags, lists and copies without a second signature for the same digest', async () => {
    await crane('tag', image, 'stable');
    assert.deepEqual((await crane('ls', `${registry.host}/signed/app`)).split('\n').toSorted(), [
      '1.0',
      'stable',
    ]);
    assert.equal((await registry.settled('signed/app', { imageTag: 'stable' })).length, 1);
    await registry.createRepository('signed/copy');
    await crane('copy', image, `${registry.host}/signed/copy:1.0`);
    assert.equal(await registry.signed('signed/copy', { imageTag: '1.0' }), await crane('digest', image));
  });

  test('exports the file system of the image', async () => {
    const archive = join(registry.dir, 'amd64.tar');
    await crane('export', '--platform', 'linux/amd64', image, archive);
    const service = await ok('tar', ['-xOf', archive, 'srv/bin/serve']);
    assert.match(service, /service on amd64/);
  });

  test('deletes by digest', async () => {
    const digest = await crane('digest', `${registry.host}/signed/copy:1.0`);
    await crane('delete', `${registry.host}/signed/copy@${digest}`);
    assert.match(
      await fails(program, ['manifest', `${registry.host}/signed/copy:1.0`], { env }),
      /MANIFEST_UNKNOWN/,
    );
  });
});
