// The checks of `sealport doctor` on what should stay secret or unchanged: who may read which file, where the master key
// lies, whether a change of it is under way, and how far the audit trail goes.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Config } from '../config/index.ts';
import type { Finding, Outcome } from './doctor.ts';
import { printable } from './terminal.ts';

const GIB = 1024 ** 3;
const LARGE_TRAIL_BYTES = 20 * GIB;

const finding = (check: string, outcome: Outcome, detail: string): Finding => ({ check, outcome, detail });

export function secrecyChecks(config: Config): readonly Finding[] {
  if (!existsSync(config.dataDir)) return [];
  return [fileModes(config), keyPlace(config), formerKeys(config)];
}

/** Files with keys or records that others of the machine may read. Names only; nothing is opened. */
function fileModes({ dataDir, masterKeyFile, tls }: Config): Finding {
  const secret = [
    ...siblingsOf(masterKeyFile),
    ...(tls === undefined ? [] : [tls.keyFile]),
    join(dataDir, 'credentials'),
  ].filter((path) => isOpen(path));
  if (secret.length > 0)
    return finding('file modes', 'failed', `others may read ${shown(secret)}: run chmod 600 on each`);
  // With a closed directory nobody comes as far as the files.
  const records = isOpen(dataDir)
    ? [...entriesOf(dataDir), ...entriesOf(join(dataDir, 'audit'))].filter((path) => isOpen(path))
    : [];
  if (records.length > 0)
    return finding(
      'file modes',
      'warning',
      `others may read ${shown(records.map((path) => relative(dataDir, path)))} in ${dataDir}`,
    );
  return finding('file modes', 'ok', 'nobody else may read keys, credentials or records');
}

function keyPlace({ dataDir, masterKeyFile }: Config): Finding {
  const within = relative(dataDir, masterKeyFile);
  const isInside = within !== '' && !within.startsWith('..') && !within.startsWith('/');
  return isInside && existsSync(masterKeyFile)
    ? finding(
        'master key place',
        'warning',
        `${masterKeyFile} lies with the data: whoever copies the directory has both; --master-key-file names another place`,
      )
    : finding('master key place', 'ok', 'apart from the data');
}

/** What a change of the master key leaves for a while. */
function formerKeys({ masterKeyFile }: Config): Finding {
  const names = siblingsOf(masterKeyFile).map((path) => basename(path).slice(basename(masterKeyFile).length));
  if (names.some((name) => name === '.next' || name.startsWith('.retiring-')))
    return finding(
      'master key change',
      'warning',
      'a change is under way: a running server finishes it, or call sealport keys rotate-master again',
    );
  const retired = names.filter((name) => name.startsWith('.retired-')).length;
  return finding(
    'master key change',
    'ok',
    retired === 0
      ? 'none is under way'
      : `done; ${retired} former key${retired === 1 ? '' : 's'} kept for logins, for up to 36 hours`,
  );
}

export async function auditCheck(config: Config): Promise<Finding> {
  const check = 'audit trail';
  const { auditDirectory, checkAuditEnd } = await import('../compose-audit.ts');
  const directory = auditDirectory(config);
  try {
    const { problem, ...head } = await checkAuditEnd(config);
    if (problem !== undefined)
      return finding(check, 'failed', `${printable(problem)}; see sealport audit verify`);
    if (!existsSync(directory)) return finding(check, 'skipped', `there is none in ${config.dataDir}`);
    const bytes = entriesOf(directory).reduce((sum, path) => sum + statSync(path).size, 0);
    const detail = `${head.sequence} records, ${(bytes / GIB).toFixed(2)} GiB; sealport audit verify checks each`;
    return bytes > LARGE_TRAIL_BYTES && config.auditKeep === 'all'
      ? finding(check, 'warning', `${detail}; nothing is ever removed, see --audit-keep`)
      : finding(check, 'ok', detail);
  } catch (error) {
    return finding(check, 'failed', printable((error as Error).message));
  }
}

/** The file itself and those whose names begin with its name. */
function siblingsOf(path: string): readonly string[] {
  return entriesOf(dirname(path)).filter((entry) => basename(entry).startsWith(basename(path)));
}

function entriesOf(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(directory, entry.name));
}

function isOpen(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
}

function shown(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
