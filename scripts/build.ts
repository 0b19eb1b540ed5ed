/**
 * `npm run build`: makes dist/, the form in which the package is published, because Node does not strip types from
 * files under node_modules. The sources and the packages they use become a few files, since opening and linking many
 * modules was most of a start; what only some commands use is in files of its own, loaded when it is needed.
 * The licences of the packages inside go with them. Shows that the result starts.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const dist = join(root, 'dist');

/** The command, and what runs as a thread: each is loaded by its address, so each is a file of a known name. */
const entries = [
  'main.ts',
  'signing-worker.ts',
  'read-thread.ts',
  'adapters/metadata/checkpoint-thread.ts',
  'adapters/metadata/log-sync-thread.ts',
];

/** Files of a package that must go with a copy of its code. */
const LICENCE = /^(licen[cs]e|notice|copying)(\.|$)/i;

/** `createRequire` for the packages that are CommonJS and ask for parts of Node. */
const banner =
  "import { createRequire as requireOfBundle } from 'node:module';\nconst require = requireOfBundle(import.meta.url);";

/**
 * A module goes on seeing the address that it has in src, wherever its code has come to: files in dist are found by
 * the same relative addresses as in src. All shared files lie at the top of dist.
 */
const addresses: Plugin = {
  name: 'addresses',
  setup(building) {
    building.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (!path.startsWith(src)) return undefined;
      const text = readFileSync(path, 'utf8');
      const place = `./${relative(src, path).replace(/\.ts$/, '.js')}`;
      const url = `new URL(${JSON.stringify(place)}, import.meta.url)`;
      const contents = text
        .replaceAll('import.meta.url', () => `${url}.href`)
        .replaceAll('import.meta.filename', () => `${url}.pathname`);
      return { contents, loader: 'ts' };
    });
  },
};

/** The folder of the package that a file of node_modules belongs to. */
function packageOf(file: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** The notices of all packages whose code is in dist. Throws when one comes without its licence. */
function notices(files: readonly string[]): string {
  const folders = [...new Set(files.flatMap((file) => packageOf(file) ?? []))].toSorted();
  const parts = folders.map((folder) => {
    const texts = readdirSync(join(root, folder)).filter((name) => LICENCE.test(name));
    const { name, version, license } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    ) as {
      readonly name: string;
      readonly version: string;
      readonly license: string;
    };
    const body = texts.map((file) => readFileSync(join(root, folder, file), 'utf8').trim());
    if (body.length === 0)
      throw new Error(`${name} ${version} (${license}) comes without the text of its licence`);
    return `${name} ${version} (${license})\n\n${body.join('\n\n')}\n`;
  });
  const rule = `\n${'-'.repeat(78)}\n\n`;
  return `The files in this folder contain code of these packages.\n${rule}${parts.join(rule)}`;
}

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries.map((entry) => join(src, entry)),
  absWorkingDir: root,
  outbase: src,
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  // Compiled code, which cannot go into a file of ours; where it is not installed the server does without.
  external: ['koffi'],
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  chunkNames: 'part-[hash]',
  banner: { js: banner },
  plugins: [addresses],
  metafile: true,
  logLevel: 'warning',
});

for (const [file, { inputs }] of Object.entries(metafile.outputs)) {
  if (!file.endsWith('.js')) continue;
  const text = readFileSync(join(root, file), 'utf8');
  const left = /new URL\(\s*['"][^'"]+\.ts['"]/.exec(text);
  if (left !== null) throw new Error(`${file} still points at TypeScript: ${left[0]}`);
  // An address of a module would be taken from the folder of this file, not from the top of dist.
  const addressed = Object.keys(inputs).find(
    (input) =>
      input.startsWith('src/') &&
      /import\.meta\.(url|filename|dirname)/.test(readFileSync(join(root, input), 'utf8')),
  );
  if (dirname(file) !== 'dist' && addressed !== undefined)
    throw new Error(`${addressed} uses its address, and its code is in ${file}`);
}

writeFileSync(join(dist, 'THIRD-PARTY-NOTICES.txt'), notices(Object.keys(metafile.inputs)));

const bin = join(dist, 'main.js');
if (!readFileSync(bin, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  throw new Error('src/main.ts must begin with #!/usr/bin/env node: it is the command of the package');
}
chmodSync(bin, 0o755);
const version = execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' }).trim();
console.log(`dist/ is ready: sealport ${version}`);
