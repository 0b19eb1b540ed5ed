// The files of the master keys, and how one follows the other. Beside the one in use, under the configured name, stand
// for a while: `.next` (to be put in use), `.retiring-<id>` (was in use, records may be sealed under it still) and
// `.retired-<id>` (nothing is sealed under it; logins made with it are good until they expire). Each step is one
// rename or link, so that whoever reads them all can open every record, whatever moment a crash left them in.
import { randomBytes } from 'node:crypto';
import { link, open, readdir, rename, stat, unlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type MasterKey, MasterKeyError, readMasterKey, writeMasterKey } from './master-key.ts';

export interface FormerKey {
  readonly path: string;
  readonly key: MasterKey;
  readonly state: 'retiring' | 'retired';
  /** When it came into its state, epoch ms. */
  readonly since: number;
}

/** A key changes its name twice. */
const MAX_LOOKS = 100;

const NAME = /^\.(retiring|retired)-[0-9a-f]{16}$/;

function nextFile(path: string): string {
  return `${path}.next`;
}

/** Keys that were in use; none when the folder is missing. Throws MasterKeyError as `readMasterKey` does. */
export async function readFormerKeys(path: string): Promise<readonly FormerKey[]> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    const found = await lookForFormerKeys(path);
    if (found !== undefined) return found;
  }
  throw new MasterKeyError(`a former key beside ${path} is named in its folder, but is not there`);
}

/** undefined: a key came into its next state meanwhile, which has another name, or went. */
async function lookForFormerKeys(path: string): Promise<readonly FormerKey[] | undefined> {
  const own = basename(path);
  const folder = dirname(path);
  const names = await unlessGone(readdir(folder));
  const found: FormerKey[] = [];
  for (const name of names ?? []) {
    const match = name.startsWith(own) ? NAME.exec(name.slice(own.length)) : null;
    if (match === null) continue;
    const file = join(folder, name);
    const key = await readMasterKey(file);
    const stats = await unlessGone(stat(file));
    if (key === undefined || stats === undefined) return undefined;
    const state = match[1] === 'retiring' ? 'retiring' : 'retired';
    found.push({ path: file, key, state, since: stats.mtimeMs });
  }
  return found;
}

async function unlessGone<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The key that is to be put in use. */
export function readNextKey(path: string): Promise<MasterKey | undefined> {
  return readMasterKey(nextFile(path));
}

/**
 * Puts a key beside the one in use, to follow it. `given`: a file with the key; a new one is made without.
 * Gives the next key; one that waits already stays.
 */
export async function offerNextKey(path: string, given?: string): Promise<MasterKey> {
  const waiting = await readNextKey(path);
  const key = given === undefined ? undefined : await readMasterKey(given);
  if (given !== undefined && key === undefined) throw new MasterKeyError(`there is no file ${given}`);
  if (waiting !== undefined) {
    if (key !== undefined && key.id !== waiting.id)
      throw new MasterKeyError(`another key waits to be put in use: ${nextFile(path)}`);
    return waiting;
  }
  const bytes = key === undefined ? randomBytes(32) : Buffer.from(key.copyForWorker());
  await writeMasterKey(nextFile(path), bytes);
  const offered = await readNextKey(path);
  if (offered === undefined) throw new MasterKeyError(`${nextFile(path)} vanished while it was read`);
  return offered;
}

/** The key in use retires, the next one takes its place. Safe to repeat after a crash between the two. */
export async function promoteNextKey(path: string, current: MasterKey): Promise<void> {
  try {
    await link(path, `${path}.retiring-${current.id}`);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  await syncFolder(path);
  await rename(nextFile(path), path);
  await syncFolder(path);
}

/** Nothing is sealed under the key any more. */
export async function markRetired(path: string, former: FormerKey, now: number): Promise<void> {
  await utimes(former.path, now / 1000, now / 1000);
  await rename(former.path, `${path}.retired-${former.key.id}`);
  await syncFolder(path);
}

export async function removeFormerKey(path: string, former: FormerKey): Promise<void> {
  await unlink(former.path);
  await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
