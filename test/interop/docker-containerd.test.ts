/** The Docker engine with containerd's image store: pushes the bytes that it was given, an index with its children too. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath, nextDebian } from './harness/clients.ts';
import { containerTools } from './harness/container-tools.ts';
import { type Descriptor, distribution } from './harness/distribution.ts';
import { dockerClient } from './harness/docker-client.ts';
import { type DockerEngine, type DockerPrograms, startDockerEngine } from './harness/docker-engine.ts';
import { ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';
import { clientScenarios } from './harness/scenarios.ts';
import { smallIndex } from './harness/small-image.ts';

const programs = (): DockerPrograms => ({
  dockerd: nextDebian('dockerd'),
  docker: nextDebian('docker'),
  containerd: join(nextDebian('containerd'), '..'),
});

// containerd shows the status of an answer, never its text.
clientScenarios('docker with containerd', (dir, host) => dockerClient(dir, host, programs()), {
  hides: {
    wrongPassword: /401 Unauthorized/,
    forbiddenPull: /unreadable\/app\/manifests\/1\.0: 403 Forbidden/,
    forbiddenPush: /closed\/app\/blobs\/uploads\/[^ ]*: 403 Forbidden/,
    absentImage: /signed\/app:nothing: not found/,
    absentRepository: /signed\/none\/blobs\/uploads\/: 404 Not Found/,
    immutableTag: /frozen\/app\/manifests\/1\.0: 400 Bad Request/,
  },
});

describe('docker with containerd', () => {
  let registry: SigningRegistry;
  let engine: DockerEngine;

  before(async () => {
    registry = await signingRegistry();
    engine = await startDockerEngine(join(registry.dir, 'engine'), programs());
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

  test('pushes an index byte for byte, and it and its children are signed', async () => {
    const image = `${registry.host}/signed/app:1.0`;
    const { layout, tag, digest } = await smallIndex(registry.dir, 'index', 'of two platforms');
    const archive = join(registry.dir, 'index.tar');
    const { env } = containerTools(join(registry.dir, 'tools'));
    await ok(
      clientPath('skopeo'),
      ['copy', '--all', `oci:${layout}:${tag}`, `oci-archive:${archive}:${image}`],
      { env },
    );
    await engine.docker(['load', '--input', archive]);
    await engine.docker(['push', image]);
    assert.equal(await registry.signed('signed/app', { imageTag: '1.0' }), digest);
    const { manifest } = distribution(registry.server.url, await registry.password());
    const index = JSON.parse((await manifest('signed/app', digest)).toString('utf8')) as {
      manifests: Descriptor[];
    };
    assert.equal(index.manifests.length, 2);
    for (const child of index.manifests) await registry.signed('signed/app', { imageDigest: child.digest });
  });

  test('builds on what it pulls, without a network, and pushes the result', async () => {
    const image = `${registry.host}/signed/app`;
    await engine.docker(['image', 'prune', '--all', '--force']);
    const context = join(registry.dir, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'Dockerfile'), `FROM ${image}:1.0\nCOPY motd /motd\n`);
    writeFileSync(join(context, 'motd'), 'built on a pulled image\n');
    await engine.docker(['build', '--pull', '--tag', `${image}:1.1`, context]);
    await engine.docker(['push', `${image}:1.1`]);
    await registry.signed('signed/app', { imageTag: '1.1' });
  });
});
