/**
 * The image that the clients move about: Debian's own root file system for two platforms with two more layers on
 * top of each and an index over both, put together by buildah. Built once and kept as an OCI layout.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientPath, clientsDir } from './clients.ts';
import { containerTools } from './container-tools.ts';
import { ok } from './process.ts';

export const platforms = ['amd64', 'arm64'] as const;

/** The tag of the index inside the layout. */
export const layoutTag = 'bookworm';

const layout = join(clientsDir, 'image-1');

/** The path of the OCI layout; use as `oci:<path>:bookworm`. Builds it when it is not there (about half a minute). */
export async function realImage(): Promise<string> {
  if (existsSync(join(layout, 'index.json'))) return layout;
  mkdirSync(clientsDir, { recursive: true });
  const work = mkdtempSync(join(clientsDir, 'build-'));
  try {
    const made = await build(work);
    // Two builders may meet here: the first rename wins, the other result is thrown away.
    if (!existsSync(layout)) renameSync(made, layout);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return layout;
}

async function build(work: string): Promise<string> {
  const buildah = clientPath('buildah');
  const { env } = containerTools(work);
  const run = (...args: string[]): Promise<string> => ok(buildah, args, { env, timeout: 300_000 });
  for (const platform of platforms) {
    const rootfs = join(clientsDir, `rootfs-bookworm-${platform}.tar`);
    if (!existsSync(rootfs))
      throw new Error(`${rootfs} is not there; run test/interop/install-clients.sh rootfs`);
    const settings = ['--os', 'linux', '--arch', platform];

    const base = await run('from', 'scratch');
    await run('add', base, rootfs, '/');
    await run('config', ...settings, '--env', 'LANG=C.UTF-8', '--cmd', '/bin/bash', base);
    await run('commit', '--format', 'oci', '--rm', base, `localhost/debian:${platform}`);

    const service = await run('from', '--pull-never', '--arch', platform, `localhost/debian:${platform}`);
    await run('copy', service, serviceFiles(join(work, `service-${platform}`), platform), '/srv');
    await run('config', ...settings, '--workingdir', '/srv', '--port', '8080', service);
    await run('commit', '--format', 'oci', '--rm', service, `localhost/service:${platform}`);

    const release = await run('from', '--pull-never', '--arch', platform, `localhost/service:${platform}`);
    await run('copy', release, releaseFiles(join(work, `release-${platform}`)), '/etc/service');
    await run('config', ...settings, '--label', 'org.opencontainers.image.version=1.0.0', release);
    await run('commit', '--format', 'oci', '--rm', release, `localhost/release:${platform}`);
  }
  await run('manifest', 'create', 'index');
  for (const platform of platforms) {
    const image = `containers-storage:localhost/release:${platform}`;
    await run('manifest', 'add', '--os', 'linux', '--arch', platform, 'index', image);
  }
  const target = join(work, 'layout');
  await run('manifest', 'push', '--all', '--format', 'oci', 'index', `oci:${target}:${layoutTag}`);
  return target;
}

function serviceFiles(dir: string, platform: string): string {
  mkdirSync(join(dir, 'bin'), { recursive: true });
  mkdirSync(join(dir, 'data'), { recursive: true });
  writeFileSync(join(dir, 'bin', 'serve'), `#!/bin/sh\nexec echo "service on ${platform}"\n`, {
    mode: 0o755,
  });
  symlinkSync('serve', join(dir, 'bin', 'start'));
  const line = 'a line of the data that the service carries with it\n';
  for (let file = 0; file < 200; file++) {
    writeFileSync(join(dir, 'data', `part-${file}.txt`), `${file} ${line}`.repeat(50));
  }
  return dir;
}

function releaseFiles(dir: string): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'service.conf'), 'listen = 0.0.0.0:8080\n');
  return dir;
}
