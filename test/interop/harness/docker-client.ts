/** Docker as a client of the scenarios, whichever store its engine keeps images in. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { clientPath } from './clients.ts';
import { containerTools } from './container-tools.ts';
import { type DockerPrograms, startDockerEngine } from './docker-engine.ts';
import { ok } from './process.ts';
import type { Client } from './scenarios.ts';

/** Starts an engine under `dir`. */
export async function dockerClient(dir: string, host: string, programs?: DockerPrograms): Promise<Client> {
  const engine = await startDockerEngine(join(dir, 'engine'), programs);
  const { env } = containerTools(join(dir, 'tools'));
  const archive = join(dir, 'image.tar');

  return {
    login: (password) => engine.ran(['login', '--username', 'AWS', '--password-stdin', host], password),
    push: async ({ layout }, reference) => {
      rmSync(archive, { force: true });
      const target = `docker-archive:${archive}:${reference}`;
      await ok(clientPath('skopeo'), ['copy', `oci:${layout}`, target], { env });
      await engine.docker(['load', '--input', archive]);
      return engine.ran(['push', reference]);
    },
    pull: async (reference) => {
      await engine.docker(['image', 'prune', '--all', '--force']);
      return engine.ran(['pull', reference]);
    },
    pulled: async (reference) => {
      const format = '{{join .RepoDigests " "}}';
      const digests = await engine.docker(['image', 'inspect', '--format', format, reference]);
      return /@(sha256:[0-9a-f]{64})/.exec(digests)?.[1] ?? '';
    },
    close: engine.stop,
  };
}
