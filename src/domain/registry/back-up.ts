// One consistent copy of everything, while the server goes on. The order is what makes it one: nothing is removed any
// more, then the records as of one moment, then the files that these records name. What is pushed meanwhile has files
// that the copy does not name; what is deleted meanwhile keeps its files until the copy is made.
import type { Clock } from '../../shared/clock.ts';
import type { BackupTarget, BlobToCopy } from './backup-ports.ts';
import type { DamageReport } from './garbage-ports.ts';

/** Files copied at a time. */
const AT_A_TIME = 8;

export interface BackedUp {
  /** Epoch ms; everything acknowledged before is in it. */
  readonly startedAt: number;
  readonly blobs: number;
  /** Bytes that were not in the target already. */
  readonly copiedBytes: number;
  readonly withKeys: boolean;
  /** Layers and manifests without a good copy. */
  readonly damaged: readonly DamageReport[];
}

export interface BackUpDeps {
  readonly clock: Clock;
  readonly target: BackupTarget;
  /** Nothing is removed until `release`. */
  readonly holdBackRemoval: () => { readonly release: () => void };
  readonly version: string;
}

export interface BackUpOptions {
  readonly withKeys: boolean;
  readonly onProgress?: (soFar: Pick<BackedUp, 'blobs' | 'copiedBytes'>) => void;
}

export async function backUp(deps: BackUpDeps, options: BackUpOptions): Promise<BackedUp> {
  const { target } = deps;
  const startedAt = deps.clock.now();
  let blobs = 0;
  let copiedBytes = 0;
  const damaged: DamageReport[] = [];

  async function copyFrom(line: Iterator<BlobToCopy>): Promise<void> {
    for (let next = line.next(); next.done !== true; next = line.next()) {
      const { digest } = next.value;
      const { bytes, fault } = await target.copy(next.value);
      blobs += 1;
      copiedBytes += bytes;
      if (fault !== undefined) damaged.push({ digest, fault });
      options.onProgress?.({ blobs, copiedBytes });
    }
  }

  await target.begin();
  const hold = deps.holdBackRemoval();
  try {
    const snapshot = await target.snapshot();
    try {
      for (const report of snapshot.damagedRecords()) damaged.push(report);
      const line = snapshot.blobs()[Symbol.iterator]();
      await Promise.all(Array.from({ length: AT_A_TIME }, () => copyFrom(line)));
    } finally {
      snapshot.close();
    }
  } finally {
    hold.release();
  }
  if (options.withKeys) await target.copySecrets();
  const done: BackedUp = { startedAt, blobs, copiedBytes, withKeys: options.withKeys, damaged };
  await target.complete({ format: 1, version: deps.version, ...done });
  return done;
}
