/**
 * Completes package-lock.json after `npm install`.
 *
 * A registry that does not offer a tool's binaries for every platform makes `npm install` leave those platforms
 * out of the lock file, and `npm ci` then refuses the file ("Missing: … from lock file"). This script writes the
 * entries that are missing: name, exact version and platform, so that npm knows them and skips them where they do
 * not apply. It never changes an entry that is there, and it never invents an integrity hash.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** The members of a lock entry that this script reads or writes; others pass through untouched. */
interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Record<string, LockEntry>;
}

const systems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];

/** The os, cpu and libc conditions that a platform package's name states, as in `@x/binding-linux-x64-musl`. */
export function platformOf(name: string): Pick<LockEntry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`no platform can be read from the package name ${name}`);
  const musl = words.some((word) => word.startsWith('musl'));
  const glibc = words.some((word) => word.startsWith('gnu'));
  return { os, cpu, ...(musl ? { libc: ['musl'] } : glibc ? { libc: ['glibc'] } : {}) };
}

/** The lock with every missing optional package added, and the names that were added, in the lock's key order. */
export function completeLock(lock: Lock): { readonly lock: Lock; readonly added: readonly string[] } {
  if (lock.lockfileVersion !== 3)
    throw new Error(`lock file version ${lock.lockfileVersion} is not known here`);
  const packages: Record<string, LockEntry> = { ...lock.packages };
  const added: string[] = [];
  for (const [parentPath, parent] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (path in packages || `${parentPath}/${path}` in packages) continue;
      if (!/^\d+\.\d+\.\d+/.test(version)) {
        throw new Error(`${name} is asked for as ${version}; only exact versions can be added`);
      }
      packages[path] = {
        version,
        ...(parent.dev === true ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
      added.push(name);
    }
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { lock: { ...lock, packages: Object.fromEntries(sorted) }, added };
}

function main(): void {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const file = new URL('../package-lock.json', import.meta.url);
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as Lock;
  const hosts = Object.entries(parsed.packages).filter(([, entry]) => 'resolved' in entry);
  if (hosts.length > 0) {
    throw new Error(`the lock names download hosts (${hosts.length} entries); .npmrc must keep them out`);
  }
  const { lock, added } = completeLock(parsed);
  if (added.length === 0) {
    console.log('package-lock.json is complete');
  } else if (values.check) {
    throw new Error(`package-lock.json lacks ${added.join(', ')}; run npm run lock`);
  } else {
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`package-lock.json: added ${added.length} entries`);
  }
}

if (import.meta.main) main();
