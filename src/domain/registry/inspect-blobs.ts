// Holds blob files against their digests. What does not fit is written down as damaged (from then on it is missing
// for pushes, which heals it, and an error for pulls, never bytes that are wrong) and its file is moved aside.
// Must never blame a file that an upload is replacing or the collector is deleting: the last word is under the lock.
import { createHash } from 'node:crypto';
import { unreachable } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import type { Storage } from '../storage.ts';
import type { BlobFiles } from './blob-ports.ts';
import type { DigestLocks } from './digest-locks.ts';
import type { BlobFault, DamagedBlobs, Garbage } from './garbage-ports.ts';

/** Read at a time: what is hashed in one go holds up the other requests. */
const READ_BYTES = 256 * 1024;

/** `gone`: the blob was collected meanwhile. */
export type Verdict = 'whole' | 'damaged' | 'gone';

export interface BlobToInspect {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface DamageReport {
  readonly digest: Digest;
  readonly fault: BlobFault;
}

export interface InspectorDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly damagedBlobs: DamagedBlobs;
  readonly blobFiles: BlobFiles;
  readonly locks: DigestLocks;
  /** Told once for each blob that is found damaged. */
  readonly onDamage: (report: DamageReport) => void;
}

export interface Inspector {
  /** `afterRead` is told of the bytes of each read, and holds the reading back. Throws StorageUnavailable. */
  inspect(blob: BlobToInspect, afterRead?: (bytes: number) => Promise<void>): Promise<Verdict>;
}

export function makeInspector(deps: InspectorDeps): Inspector {
  const { storage, garbage, damagedBlobs, blobFiles, locks } = deps;

  async function faultOf(
    { digest, sizeBytes }: BlobToInspect,
    afterRead?: (bytes: number) => Promise<void>,
  ): Promise<BlobFault | undefined> {
    const reader = await blobFiles.open(digest);
    if (reader === undefined) return 'missing';
    try {
      if (reader.sizeBytes !== sizeBytes) return 'wrong size';
      const algorithm = digestAlgorithm(digest);
      const hash = createHash(algorithm);
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, sizeBytes)));
      for (let position = 0; position < sizeBytes; ) {
        const read = await reader.read(
          buffer.subarray(0, Math.min(buffer.length, sizeBytes - position)),
          position,
        );
        if (read === 0) return 'wrong size';
        hash.update(buffer.subarray(0, read));
        position += read;
        await afterRead?.(read);
      }
      return `${algorithm}:${hash.digest('hex')}` === digest ? undefined : 'wrong content';
    } finally {
      reader.close();
    }
  }

  /** Known first, moved second: after a crash in between it is not served, and the next inspection moves it. */
  async function setAside(digest: Digest, fault: BlobFault): Promise<void> {
    const foundAt = deps.clock.now();
    const isNew = await storage.write((tx) => damagedBlobs.record(tx, { digest, fault, foundAt }));
    if (isNew) deps.onDamage({ digest, fault });
    switch (fault) {
      case 'missing':
        return;
      case 'wrong size':
      case 'wrong content':
        await blobFiles.quarantine(digest);
        return;
      default:
        unreachable(fault);
    }
  }

  return {
    async inspect(blob, afterRead) {
      const { digest } = blob;
      if ((await faultOf(blob, afterRead)) === undefined) {
        // Somebody may have put the file back.
        if (await damagedBlobs.has(storage.reader, digest))
          await storage.write((tx) => damagedBlobs.clear(tx, digest));
        return 'whole';
      }
      return locks.hold(digest, async () => {
        if (!(await garbage.isStored(storage.reader, digest))) return 'gone';
        const fault = await faultOf(blob);
        if (fault === undefined) return 'whole';
        await setAside(digest, fault);
        return 'damaged';
      });
    },
  };
}
