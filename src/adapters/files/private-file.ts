// Files that nobody but the server's own user may read, whatever the umask.
import { chmodSync, closeSync, lstatSync, openSync } from 'node:fs';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;

/** Makes an empty file of mode 0600, or narrows the one that is there. Throws when it cannot be made. */
export function makePrivateFile(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) closeSync(openSync(path, 'a', OWNER_ONLY));
  narrowFile(path);
}

/** Takes from others what rights they have to a file, if it is there. */
export function narrowFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || (found.mode & OTHERS) === 0) return;
  try {
    chmodSync(path, OWNER_ONLY);
  } catch (error) {
    if (!isNotOurs(error)) throw error;
  }
}

/** Of another user, or on a disk that cannot be written: it works as it is, and `sealport doctor` tells of its mode. */
function isNotOurs(error: unknown): boolean {
  return ['EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}
