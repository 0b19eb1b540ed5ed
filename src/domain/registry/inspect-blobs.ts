// Holds blob files against their digests. What does not fit is written down as damaged (from then on it is missing
// for pushes, which heals it, and an error for pulls, never bytes that are wrong) and its file is moved aside. Of a file
// that fits the identity is written down: as long as it has that one, it is the file that was read here.
// Must never blame a file that an upload is replacing or the collector is deleting: the last word is under the lock.
import { createHash } from 'node:crypto';
import { unreachable } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm } from '../../shared/digest.ts';
import { makeTurns } from '../../shared/turns.ts';
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { BlobFiles } from './blob-ports.ts';
import type { DigestLocks } from './digest-locks.ts';
import type { BlobFault, DamagedBlobs, Garbage, VerifiedFiles } from './garbage-ports.ts';

/** Read at a time: what is hashed in one go holds up the other requests. */
const READ_BYTES = 256 * 1024;
/** Files that pulls wait for and that are read at a time: more would end none of them sooner, and hold up everybody else. */
const VERIFIED_AT_A_TIME = 2;

/** Whole, or how it is wrong; `gone`: the blob was collected meanwhile. */
export type Verdict = 'whole' | 'gone' | BlobFault;

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
  readonly verifiedFiles: VerifiedFiles;
  readonly blobFiles: BlobFiles;
  readonly locks: DigestLocks;
  /** Told once for each blob that is found damaged. */
  readonly onDamage: (report: DamageReport) => void;
}

export interface Inspector {
  /**
   * `afterRead` is told of the bytes of each read, and holds the reading back. Throws StorageUnavailable, also when
   * something else changes the file meanwhile.
   */
  inspect(blob: BlobToInspect, afterRead?: (bytes: number) => Promise<void>): Promise<Verdict>;
  /** The same for whoever waits for the blob: at once when its file was read already, and once for all who ask. */
  verify(blob: BlobToInspect): Promise<Verdict>;
}

/** What reading a file gave: its fault, or the identity that it had before (a small one has none). */
type Finding =
  | { readonly fault: BlobFault }
  | { readonly fault: undefined; readonly identity: string | undefined };

export function makeInspector(deps: InspectorDeps): Inspector {
  const { storage, garbage, damagedBlobs, verifiedFiles, blobFiles, locks } = deps;
  const underWay = new Map<Digest, Promise<Verdict>>();
  const turns = makeTurns(VERIFIED_AT_A_TIME);

  async function read(
    { digest, sizeBytes }: BlobToInspect,
    afterRead?: (bytes: number) => Promise<void>,
  ): Promise<Finding> {
    const reader = await blobFiles.open(digest);
    if (reader === undefined) return { fault: 'missing' };
    try {
      if (reader.sizeBytes !== sizeBytes) return { fault: 'wrong size' };
      const algorithm = digestAlgorithm(digest);
      const hash = createHash(algorithm);
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, sizeBytes)));
      for (let position = 0; position < sizeBytes; ) {
        const bytesRead = await reader.read(
          buffer.subarray(0, Math.min(buffer.length, sizeBytes - position)),
          position,
        );
        if (bytesRead === 0) return { fault: 'wrong size' };
        hash.update(buffer.subarray(0, bytesRead));
        position += bytesRead;
        await afterRead?.(bytesRead);
      }
      const isWhole = `${algorithm}:${hash.digest('hex')}` === digest;
      return isWhole ? { fault: undefined, identity: reader.identity } : { fault: 'wrong content' };
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

  /** Under the lock: whether the file at the address is the one that was verified, here or by the upload that put it. */
  async function isVerified(digest: Digest): Promise<boolean> {
    const identity = (await blobFiles.stat(digest))?.identity;
    if (identity === undefined || identity !== (await verifiedFiles.find(storage.reader, digest)))
      return false;
    // Its bytes may have gone bad without anything that the file system tells of.
    return !(await damagedBlobs.has(storage.reader, digest));
  }

  /** Under the lock: writes down that the file was read and is whole; false when it is another one by now. */
  async function accept(digest: Digest, identity: string | undefined): Promise<boolean> {
    if (await isVerified(digest)) return true;
    if ((await blobFiles.stat(digest))?.identity !== identity) return false;
    // Somebody may have put the file back.
    if (identity !== undefined || (await damagedBlobs.has(storage.reader, digest)))
      await storage.write(async (tx) => {
        await damagedBlobs.clear(tx, digest);
        if (identity !== undefined) await verifiedFiles.record(tx, digest, identity);
      });
    return true;
  }

  const inspect: Inspector['inspect'] = async (blob, afterRead) => {
    const { digest } = blob;
    const first = await read(blob, afterRead);
    return locks.hold(digest, async () => {
      if (first.fault === undefined && (await accept(digest, first.identity))) return 'whole';
      if (!(await garbage.isStored(storage.reader, digest))) return 'gone';
      const last = await read(blob);
      if (last.fault !== undefined) {
        await setAside(digest, last.fault);
        return last.fault;
      }
      if (await accept(digest, last.identity)) return 'whole';
      const message = `The file of the layer '${digest}' was changed while it was read; try again later.`;
      throw new DomainError('StorageUnavailable', message, {});
    });
  };

  return {
    inspect,
    verify(blob) {
      const { digest } = blob;
      const known = underWay.get(digest);
      if (known !== undefined) return known;
      const verdict = locks
        .hold(digest, () => isVerified(digest))
        .then((verified) => (verified ? 'whole' : turns(() => inspect(blob))))
        .finally(() => underWay.delete(digest));
      underWay.set(digest, verdict);
      return verdict;
    },
  };
}
