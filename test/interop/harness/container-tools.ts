/** A private home for skopeo, podman and buildah: own image store, own logins, one plain-http registry. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ContainerTools {
  readonly env: Readonly<Record<string, string>>;
  /** The file that `login` writes and the other commands read. */
  readonly authFile: string;
}

/** Writes the configuration under `dir`. `registryHost` (host:port) is spoken to without TLS. */
export function containerTools(dir: string, registryHost?: string): ContainerTools {
  const folder = (name: string): string => {
    const path = join(dir, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const write = (name: string, text: string): string => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };
  // vfs needs nothing of the kernel, so it also works inside a container.
  const storage = write(
    'storage.conf',
    `[storage]\ndriver = "vfs"\ngraphroot = "${folder('graph')}"\nrunroot = "${folder('run')}"\n`,
  );
  // Where skopeo and buildah look under HOME; podman is told by the variable.
  folder('home/.config/containers');
  const registries = write(
    'home/.config/containers/registries.conf',
    registryHost === undefined ? '' : `[[registry]]\nlocation = "${registryHost}"\ninsecure = true\n`,
  );
  write('home/.config/containers/policy.json', '{"default":[{"type":"insecureAcceptAnything"}]}\n');
  const authFile = write('auth.json', '{}\n');
  return {
    authFile,
    env: {
      HOME: folder('home'),
      XDG_RUNTIME_DIR: folder('runtime'),
      XDG_CONFIG_HOME: join(dir, 'home', '.config'),
      TMPDIR: folder('tmp'),
      CONTAINERS_STORAGE_CONF: storage,
      CONTAINERS_REGISTRIES_CONF: registries,
      REGISTRY_AUTH_FILE: authFile,
    },
  };
}
