/** The Docker engine with its own image store: a real image is loaded, pushed, built upon and pulled again. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { dockerClient } from './harness/docker-client.ts';
import { type DockerEngine, startDockerEngine } from './harness/docker-engine.ts';
import { layoutTag, realImage } from './harness/image.ts';
import { ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { clientScenarios } from './harness/scenarios.ts';

clientScenarios('docker', dockerClient, { hides: { wrongPassword: /401 Unauthorized/ } });

describe('docker engine', () => {
  let registry: SigningRegistry;
  let engine: DockerEngine;
  let image: string;

  before(async () => {
    registry = await signingRegistry();
    engine = await startDockerEngine(join(registry.dir, 'docker'));
    image = `${registry.host}/signed/app:1.0`;
    await registry.createRepository('signed/app');
    const login = ['login', '--username', 'AWS', '--password-stdin', registry.host];
    await engine.docker(login, await registry.password());
  });
  after(async () => {
    try {
      await engine.stop();
    } finally {
      await registry.close();
    }
  });

  const digestOf = async (reference: string): Promise<string> => {
    const digests = await engine.docker([
      'image',
      'inspect',
      '--format',
      '{{join .RepoDigests " "}}',
      reference,
    ]);
    return /@(sha256:[0-9a-f]{64})/.exec(digests)?.[1] ?? '';
  };

  test('pushes an image that then is signed', async () => {
    const archive = join(registry.dir, 'app.tar');
    const { env } = containerTools(join(registry.dir, 'tools'));
    await ok(
      clientPath('skopeo'),
      ['copy', `oci:${await realImage()}:${layoutTag}`, `docker-archive:${archive}:${image}`],
      { env },
    );
    await engine.docker(['load', '--input', archive]);
    await engine.docker(['push', image]);
    assert.equal(await registry.signed('signed/app', { imageTag: '1.0' }), await digestOf(image));
  });

  test('builds on it and pushes the result', async () => {
    const context = join(registry.dir, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), `FROM ${image}\nCOPY motd /etc/motd\nLABEL stage=built\n`);
    writeFileSync(join(context, 'motd'), 'built on a pulled image\n');
    const built = `${registry.host}/signed/app:1.1`;
    await engine.docker(['build', '--pull', '--tag', built, context]);
    await engine.docker(['push', built]);
    assert.equal(await registry.signed('signed/app', { imageTag: '1.1' }), await digestOf(built));
  });

  test('pulls by tag and by digest after everything local is gone', async () => {
    const digest = await registry.signed('signed/app', { imageTag: '1.1' });
    await engine.docker(['image', 'prune', '--all', '--force']);
    const images = await engine.docker(['image', 'ls', '--quiet', '--all']);
    assert.equal(images, '');
    await engine.docker(['pull', `${registry.host}/signed/app:1.1`]);
    assert.equal(await digestOf(`${registry.host}/signed/app:1.1`), digest);
    await engine.docker(['pull', `${registry.host}/signed/app@${digest}`]);
    await engine.docker(['pull', image]);
  });
});
