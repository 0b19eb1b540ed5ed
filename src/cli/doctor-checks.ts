// The checks of `sealport doctor`, each a look at one thing with a sentence about what was seen.
import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Config, credentialsFile, readCredentialsFile } from '../config/index.ts';
import { makeHttpClient } from './client/http.ts';
import type { Finding, Outcome } from './doctor.ts';
import { signingClockChecks } from './doctor-clock.ts';
import { printable } from './terminal.ts';

const MASTER_KEY_BYTES = 32;
const GIB = 1024 ** 3;
/** Signatures carry times and requests are refused beyond 15 minutes of difference; a minute is worth a word. */
const CLOCK_WARNING_MS = 60_000;

const finding = (check: string, outcome: Outcome, detail: string): Finding => ({ check, outcome, detail });

/** Everything that is seen in the file system. */
export function dataChecks(config: Config): readonly Finding[] {
  const directory = statOf(config.dataDir);
  if (directory === undefined)
    return [
      finding('data directory', 'skipped', `${config.dataDir} does not exist yet: the first start makes it`),
      diskSpace(nearestExisting(config.dataDir)),
    ];
  if (!directory.isDirectory())
    return [finding('data directory', 'failed', `${config.dataDir} is not a directory`)];
  return [
    dataDirectory(config.dataDir, directory),
    diskSpace(config.dataDir),
    credentials(config),
    masterKey(config),
    database(join(config.dataDir, 'metadata.db')),
    storedContent(join(config.dataDir, 'metadata.db')),
    clock(config.dataDir),
    ...signingClockChecks(config.dataDir),
  ];
}

/** Whether the address can be listened on; a running server of ours explains a taken port. */
export async function portCheck(config: Config, running: boolean): Promise<Finding> {
  const address = `${config.host}:${config.port}`;
  if (config.port === 0) return finding('port', 'ok', 'any free port');
  const problem = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error));
    server.listen(config.port, config.host, () => server.close(() => resolve(undefined)));
  });
  if (problem === undefined) return finding('port', 'ok', `${address} is free`);
  if (problem.code === 'EADDRINUSE')
    return running
      ? finding('port', 'ok', `${address} is taken by the running server`)
      : finding('port', 'failed', `${address} is taken by another program`);
  return finding('port', 'failed', `${address} cannot be listened on: ${problem.message}`);
}

/** What a running server says of itself; none running is no fault. */
export async function serverChecks(
  config: Config,
): Promise<{ running: boolean; findings: readonly Finding[] }> {
  const http = makeHttpClient();
  try {
    const response = await http.send({
      method: 'GET',
      url: new URL('/readyz', config.publicUrl),
      maxBytes: 64 * 1024,
      timeoutMs: 5000,
    });
    const ready =
      response.status === 200
        ? finding('server', 'ok', `${config.publicUrl} is ready`)
        : finding(
            'server',
            'failed',
            `${config.publicUrl} is not ready: status ${response.status} ${printable(response.body.toString('utf8').slice(0, 200))}`,
          );
    return { running: true, findings: [ready, serverClock(response.headers.get('date'))] };
  } catch (error) {
    return {
      running: false,
      findings: [finding('server', 'skipped', `none is running: ${(error as Error).message}`)],
    };
  } finally {
    http.close();
  }
}

function dataDirectory(path: string, stats: Stats): Finding {
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return finding('data directory', 'failed', `${path} cannot be written by this user`);
  }
  if ((stats.mode & 0o077) !== 0)
    return finding(
      'data directory',
      'warning',
      `${path} is open to others (mode ${modeText(stats)}): run chmod 700 on it`,
    );
  return finding('data directory', 'ok', `${path}, mode ${modeText(stats)}`);
}

function diskSpace(path: string): Finding {
  const { bavail, bsize } = statfsSync(path);
  const free = bavail * bsize;
  const detail = `${(free / GIB).toFixed(1)} GiB free at ${path}`;
  if (free < GIB / 10) return finding('disk space', 'failed', `${detail}: pushes will soon be refused`);
  return finding('disk space', free < 2 * GIB ? 'warning' : 'ok', detail);
}

function credentials(config: Config): Finding {
  if (config.rootCredentials !== undefined)
    return finding('root credentials', 'ok', 'given in the environment');
  const path = credentialsFile(config.dataDir);
  try {
    const pair = readCredentialsFile(path);
    return pair === undefined
      ? finding('root credentials', 'skipped', `${path} does not exist yet: the first start makes it`)
      : finding('root credentials', 'ok', `${path}, key ${pair.accessKeyId}`);
  } catch (error) {
    return finding('root credentials', 'failed', (error as Error).message);
  }
}

function masterKey(config: Config): Finding {
  const path = config.masterKeyFile;
  const stats = statOf(path);
  if (stats === undefined)
    return existsSync(join(config.dataDir, 'metadata.db'))
      ? finding('master key', 'failed', `${path} is missing: the signing keys cannot be opened without it`)
      : finding('master key', 'skipped', `${path} does not exist yet: the first start makes it`);
  if (!stats.isFile()) return finding('master key', 'failed', `${path} is not a file`);
  if ((stats.mode & 0o077) !== 0)
    return finding(
      'master key',
      'failed',
      `${path}: others may read it (mode ${modeText(stats)}): run chmod 600 on it`,
    );
  if (stats.size !== MASTER_KEY_BYTES)
    return finding(
      'master key',
      'failed',
      `${path} has ${stats.size} bytes, a master key has ${MASTER_KEY_BYTES}`,
    );
  return finding('master key', 'ok', `${path}, mode ${modeText(stats)}; keep a copy apart from the data`);
}

/**
 * SQLite's own check of pages, and of each index against its table, on a connection that cannot write. The quick check
 * leaves the indexes out: a row that one of them lost would be there for some queries and not for others.
 */
function database(path: string): Finding {
  if (!existsSync(path))
    return finding('database', 'skipped', `${path} does not exist yet: the first start makes it`);
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const [first] = connection.prepare('PRAGMA integrity_check(1)').all();
    const result = String(first?.['integrity_check'] ?? 'no answer');
    return result === 'ok'
      ? finding('database', 'ok', `${path} is whole`)
      : finding('database', 'failed', `${path}: ${printable(result)}`);
  } catch (error) {
    return finding('database', 'failed', `${path}: ${(error as Error).message}`);
  } finally {
    connection?.close();
  }
}

/** What the server found when it verified layers and manifests. */
function storedContent(path: string): Finding {
  if (!existsSync(path)) return finding('content', 'skipped', 'nothing is stored yet');
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const layers = connection
      .prepare('select digest, fault from damaged_blobs order by digest limit 4')
      .all()
      .map(({ digest, fault }) => `layer ${String(digest)} (${String(fault)})`);
    const manifests = connection
      .prepare(
        `select images.digest, manifest_fault, name from images join repositories on repositories.id = repository_id
         where manifest_fault is not null and removed_at is null limit 4`,
      )
      .all()
      .map(
        (row) =>
          `manifest ${String(row['name'])}@${String(row['digest'])} (${String(row['manifest_fault'])})`,
      );
    const damaged = [...manifests, ...layers];
    if (damaged.length === 0)
      return finding('content', 'ok', 'the server knows of no damaged layer or manifest');
    const shown = damaged.slice(0, 3).join(', ');
    const more = damaged.length > 3 ? ' and more' : '';
    return finding('content', 'failed', `damaged: ${printable(shown)}${more}; pushing it again heals it`);
  } catch (error) {
    return finding('content', 'skipped', `${path}: ${(error as Error).message}`);
  } finally {
    connection?.close();
  }
}

/** A clock that was set back makes signatures that are older than their certificates. */
function clock(dataDir: string): Finding {
  const newest = ['metadata.db', 'metadata.db-wal', 'credentials', 'master.key']
    .map((name) => statOf(join(dataDir, name))?.mtimeMs ?? 0)
    .reduce((a, b) => Math.max(a, b), 0);
  const ahead = newest - Date.now();
  return ahead > CLOCK_WARNING_MS
    ? finding(
        'clock',
        'failed',
        `the data was written ${Math.round(ahead / 1000)} s in the future: the clock was set back`,
      )
    : finding('clock', 'ok', new Date().toISOString());
}

function serverClock(date: string | undefined): Finding {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return finding('server clock', 'skipped', 'the server does not tell its time');
  const difference = Math.abs(theirs - Date.now());
  return difference > CLOCK_WARNING_MS
    ? finding('server clock', 'warning', `differs by ${Math.round(difference / 1000)} s from this machine's`)
    : finding('server clock', 'ok', 'agrees with this machine');
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

function nearestExisting(path: string): string {
  let current = path;
  while (!existsSync(current) && dirname(current) !== current) current = dirname(current);
  return current;
}

function modeText(stats: Stats): string {
  return (stats.mode & 0o777).toString(8).padStart(4, '0');
}
