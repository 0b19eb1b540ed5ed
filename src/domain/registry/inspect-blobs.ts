// Holds the bytes of blobs, in files and in rows, against their digests. What does not fit is written down as damaged (from then on it is missing
// for pushes, which heals it, and an error for pulls, never bytes that are wrong) and its file is moved aside. Of a file
// that fits the identity is written down: as long as it has that one, it is the file that was read here.
// Must never blame a file that an upload is replacing or the collector is deleting: the last word is under the lock.
import { createHash } from 'node:crypto';
import { unreachable } from '../../shared/assert.ts';
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm, digestOf } from '../../shared/digest.ts';
import { makeTurns } from '../../shared/turns.ts';
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { BlobFiles } from './blob-ports.ts';
import type { DigestLocks } from './digest-locks.ts';
import type { DamagedBlobs, DamageReport, Garbage, LinkKey, VerifiedFiles } from './garbage-ports.ts';
import type { LostLayers } from './lost-layers.ts';
import type { ContentFault } from './types.ts';

/** Read at a time: what is hashed in one go holds up the other requests. */
const READ_BYTES = 256 * 1024;
/** Files that pulls wait for and that are read at a time: more would end none of them sooner, and hold up everybody else. */
const VERIFIED_AT_A_TIME = 2;

/** Whole, or how it is wrong; `gone`: the blob was collected meanwhile. */
export type Verdict = 'whole' | 'gone' | ContentFault;

export interface BlobToInspect {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The bytes are in the row. */
  readonly isInline?: boolean;
}

export interface InspectorDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly damagedBlobs: DamagedBlobs;
  readonly verifiedFiles: VerifiedFiles;
  readonly blobFiles: BlobFiles;
  readonly locks: DigestLocks;
  readonly lostLayers: LostLayers;
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
  /** Whether a layer that is not there is one that images need, and writes that down. */
  isLost(layer: LinkKey): Promise<boolean>;
}

/** What reading gave: the fault, or the identity that the file had before (a small one has none). */
type Finding = { readonly fault: ContentFault } | Whole;

interface Whole {
  readonly fault: undefined;
  readonly identity?: string | undefined;
  /** Of bytes in the row. `wrong`: a file has what the row should have. */
  readonly row?: 'whole' | 'wrong';
}

export function makeInspector(deps: InspectorDeps): Inspector {
  const { storage, garbage, damagedBlobs, verifiedFiles, blobFiles, locks } = deps;
  const underWay = new Map<Digest, Promise<Verdict>>();
  const turns = makeTurns(VERIFIED_AT_A_TIME);

  async function read(blob: BlobToInspect, afterRead?: (bytes: number) => Promise<void>): Promise<Finding> {
    const bytes = blob.isInline ? await garbage.inlineBytes(storage.reader, blob.digest) : undefined;
    // Somebody dropped the row's bytes meanwhile for those of a file.
    if (bytes === undefined) return readFile(blob, afterRead);
    const fault = wrongWith(bytes, blob);
    await afterRead?.(bytes.length);
    if (fault === undefined) return { fault, row: 'whole' };
    // A client may have pushed the same blob: then its file is there, too.
    const file = await readFile(blob, afterRead);
    return file.fault === undefined ? { ...file, row: 'wrong' } : { fault };
  }

  async function readFile(
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
  async function setAside({ digest, isInline }: BlobToInspect, fault: ContentFault): Promise<void> {
    const foundAt = deps.clock.now();
    const isNew = await storage.write((tx) => damagedBlobs.record(tx, { digest, fault, foundAt }));
    if (isNew) deps.onDamage({ digest, fault });
    if (isInline) return;
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

  /** Under the lock: writes down that the blob was read and is whole; false when the file is another one by now. */
  async function accept(digest: Digest, { identity, row }: Whole): Promise<boolean> {
    if (row === undefined && (await isVerified(digest))) return true;
    if (row !== 'whole' && (await blobFiles.stat(digest))?.identity !== identity) return false;
    const isNews = row === 'wrong' || identity !== undefined;
    // Somebody may have put the file back.
    if (isNews || (await damagedBlobs.has(storage.reader, digest)))
      await storage.write(async (tx) => {
        await damagedBlobs.clear(tx, digest);
        if (row === 'wrong') await garbage.dropInline(tx, digest);
        if (identity !== undefined) await verifiedFiles.record(tx, digest, identity);
      });
    return true;
  }

  const inspect: Inspector['inspect'] = async (blob, afterRead) => {
    const { digest } = blob;
    const first = await read(blob, afterRead);
    return locks.hold(digest, async () => {
      if (first.fault === undefined && (await accept(digest, first))) return 'whole';
      if (!(await garbage.isStored(storage.reader, digest))) return 'gone';
      const last = await read(blob);
      if (last.fault !== undefined) {
        await setAside(blob, last.fault);
        return last.fault;
      }
      if (await accept(digest, last)) return 'whole';
      const message = `The file of the layer '${digest}' was changed while it was read; try again later.`;
      throw new DomainError('StorageUnavailable', message, {});
    });
  };

  return {
    inspect,
    isLost: (layer) => deps.lostLayers.settle(layer),
    verify(blob) {
      const { digest } = blob;
      const known = underWay.get(digest);
      if (known !== undefined) return known;
      const verdict = locks
        .hold(digest, async () => !blob.isInline && (await isVerified(digest)))
        .then((verified) => (verified ? 'whole' : turns(() => inspect(blob))))
        .finally(() => underWay.delete(digest));
      underWay.set(digest, verdict);
      return verdict;
    },
  };
}

/** What is wrong with bytes that are to be the blob's. */
export function wrongWith(bytes: Uint8Array, { digest, sizeBytes }: BlobToInspect): ContentFault | undefined {
  if (bytes.length !== sizeBytes) return 'wrong size';
  return digestOf(bytes, digestAlgorithm(digest)) === digest ? undefined : 'wrong content';
}
