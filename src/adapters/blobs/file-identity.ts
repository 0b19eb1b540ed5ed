// Tells a file that was verified from any other, and from itself after a write. The inode, because a file may be put in
// the place of another; the size, and the time of the last write in ns. Not ctime: chown, chmod and a hard link change
// it, which some systems do to every file at each start. Not the device: its number may be another one after a restart.
import type { BigIntStats } from 'node:fs';

/** Up to here a blob is one read and one write, and held against its digest at each read: it needs no identity. */
export const SMALL_BYTES = 64 * 1024;

/** undefined for a small file. To be compared, not to be looked into. */
export function identityOf({ ino, size, mtimeNs }: BigIntStats): string | undefined {
  return size > SMALL_BYTES ? `${ino}:${size}:${mtimeNs}` : undefined;
}
