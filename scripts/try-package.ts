/**
 * `npm run test:package`: packs what would be published, installs it into an empty folder as a user does, and runs its
 * demo there. Ends with an error when any of that fails.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'sealport-package-'));
try {
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  const archive = packed.trim().split('\n').at(-1);
  if (archive === undefined || !archive.endsWith('.tgz'))
    throw new Error(`npm pack made no archive: ${packed}`);
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', join(folder, archive)], {
    cwd: folder,
    stdio: 'inherit',
  });
  execFileSync(process.execPath, [join(folder, 'node_modules', '.bin', 'sealport'), 'demo', '--exit'], {
    cwd: folder,
    stdio: 'inherit',
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
