/** Where the client programs are. A client that a test asks for and that is not there is an error, never a skip. */
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of install-clients.sh: programs in bin/, root file systems, the built test image. */
export const clientsDir =
  process.env['SEALPORT_CLIENTS_DIR'] ??
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sealport-clients');

export type ClientName =
  | 'aws'
  | 'buildah'
  | 'cosign'
  | 'crane'
  | 'docker'
  | 'dockerd'
  | 'notation'
  | 'oci-conformance'
  | 'oras'
  | 'podman'
  | 'skopeo'
  // with install-clients.sh --bench
  | 'distribution'
  | 'docker-registry'
  | 'nginx'
  | 'wrk';

/** The programs of the next Debian's docker.io and containerd, which install-clients.sh unpacks. */
export function nextDebian(name: 'containerd' | 'ctr' | 'docker' | 'dockerd'): string {
  const file = join(clientsDir, 'docker-trixie', 'usr', name === 'dockerd' ? 'sbin' : 'bin', name);
  if (!existsSync(file)) {
    throw new Error(`${file} is not there; run test/interop/install-clients.sh docker-containerd`);
  }
  return file;
}

/** The absolute path of a client; what install-clients.sh put there comes first, then Debian's, then PATH. */
export function clientPath(name: ClientName): string {
  const folders = [
    join(clientsDir, 'bin'),
    '/usr/bin',
    '/usr/sbin',
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not installed; run test/interop/install-clients.sh`);
  accessSync(found, constants.X_OK);
  return found;
}
