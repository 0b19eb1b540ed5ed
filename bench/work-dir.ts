// Directories of a benchmark, gone afterwards: one in memory, where the disk does not count, and one on the disk.
import { statfsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';

export type Medium = 'memory' | 'disk';

function freeGiB(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / 2 ** 30;
}

/** Runs `work` in a new directory with at least `needGiB` free. Throws when there is no such room. */
export async function inWorkDir<T>(
  medium: Medium,
  needGiB: number,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  const parent = medium === 'memory' ? SHARED_MEMORY : tmpdir();
  if (freeGiB(parent) < needGiB) throw new Error(`${parent} has less than ${needGiB} GiB free`);
  const dir = await mkdtemp(join(parent, 'sealport-bench-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Makes a file of `mib` MiB that does not compress and is different for every `seed`. */
export async function writeNoise(file: string, mib: number, seed: number): Promise<void> {
  const block = Buffer.alloc(1024 * 1024);
  let state = (seed + 1) * 2654435761;
  for (let at = 0; at < block.length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    block.writeInt32LE(state | 0, at);
  }
  const handle = await open(file, 'w');
  try {
    for (let at = 0; at < mib; at += 1) {
      block.writeUInt32LE(at, 0);
      await handle.write(block);
    }
  } finally {
    await handle.close();
  }
}
