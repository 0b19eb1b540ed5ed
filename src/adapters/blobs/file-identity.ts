// Tells a file that was verified from any other, and from itself after a change. The inode, because a file may be put in
// the place of another; the size and both times in ns, because mtime can be set to anything and ctime cannot. Not the
// device: its number may be another one after a restart of the machine.
import type { BigIntStats } from 'node:fs';

/** Up to here a blob is one read and one write, and held against its digest at each read: it needs no identity. */
export const SMALL_BYTES = 64 * 1024;

/** undefined for a small file. To be compared, not to be looked into. */
export function identityOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string | undefined {
  return size > SMALL_BYTES ? `${ino}:${size}:${mtimeNs}:${ctimeNs}` : undefined;
}
