// Uploads of layers. States: open (takes bytes, one writer at a time) -> completed, cancelled or expired; the row is
// gone in each of the last three. What a row says was received is in the file; more than that may be, if the
// process died, and is dropped when the upload goes on. A completed blob is durable and at its address before the
// transaction that makes it part of the repository, so a crash leaves an upload to expire or a file that nobody
// names, never a row without its bytes.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm, isDigest } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { BlobSource, UploadFiles } from './blob-ports.ts';
import type { DigestLocks } from './digest-locks.ts';
import { invalidParameter } from './errors.ts';
import type { DamagedBlobs, Garbage, VerifiedFiles } from './garbage-ports.ts';
import type { HeldLayers } from './held-layers.ts';
import { makeOpenUploads, UPLOAD_LIFETIME_MS } from './open-uploads.ts';
import type { Layers, Repositories, Uploads } from './ports.ts';
import type { RepositoryName, UploadsDoor } from './registry.ts';
import { findRepository } from './repositories.ts';
import type { Layer, Repository, Upload } from './types.ts';
import * as refusal from './upload-errors.ts';

/** ECR's quota for a layer: 52,000 MiB. */
export const MAX_LAYER_BYTES = 52_000 * 1024 * 1024;
/** Every part but the last has this size at least (ECR quotas). */
const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PARTS = 4200;

export interface UploadsDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly layers: Layers;
  readonly uploads: Uploads;
  readonly uploadFiles: UploadFiles;
  readonly damagedBlobs: DamagedBlobs;
  readonly garbage: Pick<Garbage, 'dropInline'>;
  readonly verifiedFiles: VerifiedFiles;
  readonly heldLayers: HeldLayers;
  readonly locks: DigestLocks;
}

interface Place {
  readonly repository: Repository;
  readonly upload: Upload;
}

export function makeUploads(deps: UploadsDeps): UploadsDoor {
  const { storage, clock, repositories, layers, uploads, uploadFiles } = deps;
  const busy = new Set<string>();

  async function find(name: RepositoryName, uploadId: string): Promise<Place> {
    const repository = await findRepository(repositories, storage.reader, name);
    const upload = await uploads.find(storage.reader, uploadId);
    if (upload?.repositoryId !== repository.id || upload.expiresAt <= clock.now()) {
      throw refusal.uploadNotFound(name, uploadId);
    }
    return { repository, upload };
  }

  /** Lets one caller at a time work on an upload. */
  async function alone<T>(
    name: RepositoryName,
    uploadId: string,
    work: (place: Place) => Promise<T>,
  ): Promise<T> {
    if (busy.has(uploadId)) throw refusal.uploadConflict(name, uploadId);
    busy.add(uploadId);
    try {
      return await work(await find(name, uploadId));
    } finally {
      busy.delete(uploadId);
    }
  }

  async function record(upload: Upload): Promise<Upload> {
    const kept = { ...upload, expiresAt: clock.now() + UPLOAD_LIFETIME_MS };
    await storage.write((tx) => uploads.update(tx, kept));
    return kept;
  }

  async function drop(upload: Pick<Upload, 'id'>): Promise<void> {
    await storage.write((tx) => uploads.delete(tx, upload.id));
    await uploadFiles.discard(upload.id);
  }

  /** Appends and remembers how far it came, also when the source was cut short; that is thrown then. */
  async function take(upload: Upload, source: BlobSource): Promise<Upload> {
    const ended = await uploadFiles
      .append(upload.id, upload.algorithm, upload.receivedBytes, source, MAX_LAYER_BYTES)
      .catch(async (error: unknown) => {
        if (error instanceof DomainError && error.code === 'LayerTooLarge') await drop(upload);
        throw error;
      });
    const grown = { ...upload, receivedBytes: ended.sizeBytes };
    if (ended.kind === 'cut') {
      if (grown.receivedBytes > upload.receivedBytes) await record(grown);
      throw ended.cause;
    }
    return grown;
  }

  /** Makes the blob durable, then part of the repository. A wrong digest discards the upload. */
  async function finish(name: RepositoryName, place: Place, digests: readonly Digest[]): Promise<Layer> {
    const { repository, upload } = place;
    const [first] = digests;
    if (first === undefined) throw invalidParameter('layerDigests', 'Member must not be empty');
    const byAlgorithm = new Map<string, Digest>();
    for (const expected of digests) {
      const algorithm = digestAlgorithm(expected);
      const actual =
        byAlgorithm.get(algorithm) ?? (await uploadFiles.digest(upload.id, algorithm, upload.receivedBytes));
      byAlgorithm.set(algorithm, actual);
      if (actual !== expected) {
        await drop(upload);
        throw refusal.digestMismatch(name, upload.id, expected, actual);
      }
    }
    const layer = { digest: first, sizeBytes: upload.receivedBytes };
    await deps.locks.hold(first, async () => {
      const fileIdentity = await uploadFiles.publish(upload.id, first);
      await storage.write(async (tx) => {
        // Gone: the repository was deleted meanwhile.
        if (!(await uploads.delete(tx, upload.id))) throw refusal.uploadNotFound(name, upload.id);
        const isLarge = fileIdentity !== undefined;
        await layers.put(tx, repository.id, isLarge ? { ...layer, fileIdentity } : layer, clock.now());
        // Somebody had stored it: this file took the place of that one.
        if (isLarge) await deps.verifiedFiles.record(tx, first, fileIdentity);
        // Whatever was wrong with the file before: this one is whole.
        const wasDamaged = await deps.damagedBlobs.clear(tx, first);
        if (wasDamaged) await deps.garbage.dropInline(tx, first);
      });
    });
    return layer;
  }

  return {
    ...makeOpenUploads(deps, busy, drop),

    async find(name, uploadId) {
      return (await find(name, uploadId)).upload;
    },

    append(name, uploadId, source, { offset }) {
      return alone(name, uploadId, async ({ upload }) => {
        if (offset !== undefined && offset !== upload.receivedBytes) {
          throw refusal.notContiguous(name, upload, offset);
        }
        return record(await take(upload, source));
      });
    },

    putPart(name, uploadId, { bytes, firstByte, lastByte }) {
      return alone(name, uploadId, async ({ upload }) => {
        if (firstByte !== upload.receivedBytes) throw refusal.notContiguous(name, upload, firstByte);
        if (bytes.length === 0 || bytes.length !== lastByte - firstByte + 1) {
          throw refusal.partSize(name, upload, bytes.length);
        }
        // Only the last part may be small, so a small one cannot have a successor.
        if (upload.parts > 0 && upload.lastPartBytes < MIN_PART_BYTES)
          throw refusal.partAfterSmallOne(name, upload);
        if (upload.parts >= MAX_PARTS) throw refusal.tooManyParts(name, upload, MAX_PARTS);
        const grown = await take(upload, sourceOf(bytes));
        return record({ ...grown, parts: upload.parts + 1, lastPartBytes: bytes.length });
      });
    },

    complete(name, uploadId, digest, options = {}) {
      return alone(name, uploadId, async ({ repository, upload }) => {
        const { source, offset } = options;
        if (offset !== undefined && offset !== upload.receivedBytes) {
          throw refusal.notContiguous(name, upload, offset);
        }
        const whole = source === undefined ? upload : await take(upload, source);
        return finish(name, { repository, upload: whole }, [digest]);
      });
    },

    completeParts(name, uploadId, given) {
      return alone(name, uploadId, async (place) => {
        const { repository, upload } = place;
        const digests = given.map((text) => text.toLowerCase());
        const [unknown] = given.filter((_, at) => !isDigest(digests[at] ?? ''));
        if (unknown !== undefined) {
          throw invalidParameter('layerDigests', 'Member must be a sha256 or sha512 digest');
        }
        if (upload.parts === 0) throw refusal.emptyUpload(name, upload);
        const known = digests.filter(isDigest);
        const [held] = await deps.heldLayers.tell(repository.id, known);
        if (held !== undefined) {
          await drop(upload);
          throw refusal.layerAlreadyExists(name, held);
        }
        return finish(name, place, known);
      });
    },

    cancel(name, uploadId) {
      return alone(name, uploadId, async ({ upload }) => drop(upload));
    },

    async expire(limit) {
      const now = clock.now();
      const due = (await uploads.expired(storage.reader, now, limit)).filter(({ id }) => !busy.has(id));
      for (const upload of due) await drop(upload);
      // Bytes whose row went with its repository, or between the two steps of `drop`.
      const untouched = await uploadFiles.untouched(now - UPLOAD_LIFETIME_MS, limit);
      for (const id of untouched) {
        if (busy.has(id) || (await uploads.find(storage.reader, id)) !== undefined) continue;
        await uploadFiles.discard(id);
      }
      return due.length;
    },
  };
}

/** Bytes in memory as a source. */
function sourceOf(bytes: Uint8Array): BlobSource {
  return {
    forEach: async (take) => {
      await take(bytes);
    },
  };
}
