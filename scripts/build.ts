/**
 * `npm run build`: makes dist/, the form in which the package is published, because Node does not strip types from
 * files under node_modules. Compiles src with the compiler that also checks it, copies what is not TypeScript
 * (console assets), and shows that the result starts.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');
const dist = join(root, 'dist');

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

rmSync(dist, { recursive: true, force: true });
execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});

for (const file of filesOf(src)) {
  if (!file.endsWith('.ts')) cpSync(file, join(dist, relative(src, file)));
}

// The compiler rewrites imports, not addresses made with `new URL(…)`: those must know both endings.
for (const file of filesOf(dist).filter((path) => path.endsWith('.js'))) {
  const left = /new URL\(\s*['"][^'"]+\.ts['"]/.exec(readFileSync(file, 'utf8'));
  if (left !== null) throw new Error(`${relative(root, file)} still points at TypeScript: ${left[0]}`);
}

const bin = join(dist, 'main.js');
if (!readFileSync(bin, 'utf8').startsWith('#!/usr/bin/env node\n')) {
  throw new Error('src/main.ts must begin with #!/usr/bin/env node: it is the command of the package');
}
chmodSync(bin, 0o755);
const version = execFileSync(process.execPath, [bin, '--version'], { encoding: 'utf8' }).trim();
console.log(`dist/ is ready: sealport ${version}`);
