// The data directories that are kept of earlier versions (test/vectors/data-directories): unpacked, and opened with the
// present version at about the time at which they were filled.
import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { compose, type Upkeep } from '../../../src/compose.ts';
import { loadConfig, readCredentialsFile } from '../../../src/config/index.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import { unpackDirectory } from './archive.ts';
import type { Contents } from './contents.ts';
import type { Observation } from './observation.ts';
import { type Reach, reach } from './reach.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'vectors', 'data-directories');

export interface Kept {
  /** Of the directory that was ended in order, and of the one that was killed. */
  readonly closed: Contents;
  readonly killed: Contents;
  /** What the old server told before it ended in order. */
  readonly observation: Observation;
}

export function readKept(name: string): Kept {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Kept;
}

/** Unpacks a copy into a directory of its own, which goes with the stack; gives its path. */
export async function unpackKept(
  name: string,
  kind: 'closed' | 'killed',
  stack: AsyncDisposableStack,
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-kept-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const dataDir = join(directory, 'data');
  unpackDirectory(readFileSync(join(FOLDER, `${name}-${kind}.tar.gz`)), dataDir);
  return dataDir;
}

/** A clock that goes on from `start`, epoch ms. */
export function clockFrom(start: number): Clock {
  const begun = performance.now();
  return { now: () => start + Math.floor(performance.now() - begun) };
}

export interface Opened {
  readonly by: Reach;
  /** Lines of the log that are more than news. */
  readonly complaints: readonly string[];
  /** Background work that does not wait for its time. */
  readonly upkeep: Upkeep;
  close(): Promise<void>;
}

/** Opens a directory with the present version, in this process, with the keys that lie in it. */
export async function openKept(dataDir: string, clock: Clock): Promise<Opened> {
  const { config } = loadConfig({
    flags: { host: '127.0.0.1', port: '0', 'data-dir': dataDir },
    readFile: (path) => readFileSync(path, 'utf8'),
    isTerminal: false,
    env: {},
  });
  const complaints: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => complaints.push(line) });
  const sealport = await compose(config, { clock, log });
  const { url } = await sealport.listen();
  const credentials = readCredentialsFile(join(dataDir, 'credentials'));
  assert.ok(credentials !== undefined, 'the directory has its root key');
  return {
    by: reach({ url, now: () => clock.now() }, credentials),
    complaints,
    upkeep: sealport.upkeep,
    close: () => sealport.close(),
  };
}

export interface LedgerRow {
  readonly number: number;
  readonly name: string;
  readonly applied_at: number;
}

/** The migrations that a directory's records have had. */
export function ledgerOf(dataDir: string): readonly LedgerRow[] {
  using records = new DatabaseSync(join(dataDir, 'metadata.db'), { readOnly: true });
  return records
    .prepare('select number, name, applied_at from schema_migrations order by number')
    .all() as unknown as readonly LedgerRow[];
}
