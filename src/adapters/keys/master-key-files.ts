// The files of the master keys: the one in use under the configured name, and beside it, while a change of the key is
// under way and for some time after, the next one (`.next`) and those that were in use before (`.retired-<id>`). Who
// reads them all can open every record, whatever moment a crash left them in.
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type MasterKey, readMasterKey } from './master-key.ts';

export interface RetiredKeyFile {
  readonly path: string;
  readonly key: MasterKey;
}

export function nextKeyFile(path: string): string {
  return `${path}.next`;
}

export function retiredKeyFile(path: string, id: string): string {
  return `${path}.retired-${id}`;
}

/** Keys that were in use before; none when the folder is missing. Throws MasterKeyError as `readMasterKey` does. */
export async function readRetiredKeys(path: string): Promise<readonly RetiredKeyFile[]> {
  const prefix = `${basename(path)}.retired-`;
  let names: readonly string[];
  try {
    names = await readdir(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const files = names.filter((name) => name.startsWith(prefix)).map((name) => join(dirname(path), name));
  const read = await Promise.all(files.map(async (file) => ({ path: file, key: await readMasterKey(file) })));
  return read.flatMap((entry) => (entry.key === undefined ? [] : [{ path: entry.path, key: entry.key }]));
}
