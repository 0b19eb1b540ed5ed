/** ctr with containerd, as Kubernetes' nodes pull: what it is given is pushed and pulled byte for byte. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startContainerd } from './harness/containerd.ts';
import { ok } from './harness/process.ts';
import { type Client, clientScenarios } from './harness/scenarios.ts';

async function ctrClient(dir: string): Promise<Client> {
  const { ctr, stop } = await startContainerd(join(dir, 'containerd'));
  const archive = join(dir, 'image.tar');
  let login: readonly string[] = [];
  return {
    login: (password) => {
      login = ['--user', `AWS:${password}`];
      return Promise.resolve({ code: 0, stdout: '', stderr: '' });
    },
    push: async ({ layout, tag }, reference) => {
      rmSync(archive, { force: true });
      await ok('tar', ['-C', layout, '-cf', archive, '.']);
      await ctr('images', 'import', '--base-name', 'small', archive);
      await ctr('images', 'tag', '--force', `small:${tag}`, reference);
      return ctr('images', 'push', '--plain-http', ...login, reference);
    },
    pull: async (reference) => {
      const known = (await ctr('images', 'ls', '--quiet')).stdout.split('\n').filter((name) => name !== '');
      if (known.length > 0) await ctr('images', 'rm', '--sync', ...known);
      return ctr('images', 'pull', '--plain-http', '--snapshotter', 'native', ...login, reference);
    },
    pulled: async (reference) => {
      const list = (await ctr('images', 'ls', `name==${reference}`)).stdout;
      return /sha256:[0-9a-f]{64}/.exec(list.slice(list.indexOf('\n')))?.[0] ?? '';
    },
    close: stop,
  };
}

// containerd shows the status of an answer, never its text.
clientScenarios('ctr', ctrClient, {
  logsIn: false,
  hides: {
    wrongPassword: /401 Unauthorized/,
    forbiddenPull: /unreadable\/app\/manifests\/1\.0: 403 Forbidden/,
    forbiddenPush: /closed\/app\/blobs\/uploads\/[^ ]*: 403 Forbidden/,
    absentImage: /signed\/app:nothing: not found/,
    absentRepository: /signed\/none\/blobs\/uploads\/: 404 Not Found/,
    immutableTag: /frozen\/app\/manifests\/1\.0: 400 Bad Request/,
  },
});
