// Removes what nobody uses, while everything else goes on (docs/garbage-collection.md tells the protocol and what a
// crash at each point leaves). First what deleted repositories left behind, then three walks, each in bounded batches:
// links of blobs that no image of the repository names and no client was told of within the grace period; blobs that no
// repository holds; files without a blob.
// Must never remove a row without checking again in the same transaction, and never a file outside of its lock.
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Storage } from '../storage.ts';
import type { BlobFiles } from './blob-ports.ts';
import type { DigestLocks } from './digest-locks.ts';
import type { FileRemoval, Garbage, Link, LinkKey, StoredBlob } from './garbage-ports.ts';
import { TOLD_RESOLUTION } from './held-layers.ts';
import type { RemovalPoint, RepositoryRemoval } from './remove-repositories.ts';

/** Rows looked at in one query: a few milliseconds' work, also when none of them is in memory. */
const PAGE = 100;
/** Rows removed in one transaction: other writers share it and wait for it. */
const BATCH = 100;

export interface Collected {
  /** Links of blobs to repositories. */
  readonly links: number;
  /** Blobs with their rows. */
  readonly blobs: number;
  /** Files that no row knew. */
  readonly strayFiles: number;
  readonly freedBytes: number;
}

export const NOTHING_COLLECTED: Collected = { links: 0, blobs: 0, strayFiles: 0, freedBytes: 0 };

export interface CollectOptions {
  /** What was in use at any time in this period stays, ms. */
  readonly graceMs: number;
  /** Only counts. */
  readonly dryRun?: boolean;
  readonly onProgress?: (soFar: Collected) => void;
  /** Ends early, between two batches. */
  readonly signal?: AbortSignal;
}

/** Named points at which a test may stop or kill the process. */
export type CollectionPoint =
  /** Rows are removed in the transaction, nothing is durable. */
  | 'collect:before-commit'
  /** The rows are gone for good, the files are still there. */
  | 'collect:rows-deleted'
  /** The first file of the batch is gone. */
  | 'collect:file-deleted'
  | RemovalPoint;

export interface CollectorDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly blobFiles: BlobFiles;
  readonly locks: DigestLocks;
  readonly fileRemoval: FileRemoval;
  readonly removal: Pick<RepositoryRemoval, 'removeAll'>;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly checkpoint?: (point: CollectionPoint) => Promise<void> | void;
}

export interface Collector {
  collect(options: CollectOptions): Promise<Collected>;
}

export function makeCollector(deps: CollectorDeps): Collector {
  return {
    async collect(options) {
      if (options.dryRun !== true) await deps.removal.removeAll(options.signal);
      const run = makeRun(deps, options);
      await run.links();
      await run.blobs();
      await run.strayFiles();
      return run.collected();
    },
  };
}

function makeRun(deps: CollectorDeps, options: CollectOptions) {
  const { storage, garbage, blobFiles, locks, fileRemoval } = deps;
  const { dryRun = false, graceMs, signal } = options;
  // The time at which a client was told of a layer is written down this coarsely.
  const before = deps.clock.now() - graceMs * (1 + TOLD_RESOLUTION);
  let soFar = NOTHING_COLLECTED;

  const add = (more: Partial<Collected>): void => {
    soFar = {
      links: soFar.links + (more.links ?? 0),
      blobs: soFar.blobs + (more.blobs ?? 0),
      strayFiles: soFar.strayFiles + (more.strayFiles ?? 0),
      freedBytes: soFar.freedBytes + (more.freedBytes ?? 0),
    };
  };
  const turn = async (): Promise<void> => {
    options.onProgress?.(soFar);
    await deps.pause();
    signal?.throwIfAborted();
  };

  async function unlink(unused: readonly Link[]): Promise<void> {
    if (dryRun) {
      add({ links: unused.length });
      return;
    }
    for (let from = 0; from < unused.length; from += BATCH) {
      const batch = unused.slice(from, from + BATCH);
      const links = await storage.write(async (tx) => {
        let removed = 0;
        for (const link of batch) if (await garbage.unlinkUnused(tx, link, before)) removed += 1;
        return removed;
      });
      add({ links });
    }
  }

  /** The digests that may be worked on now, and nobody copies files while that lasts. */
  function removing(
    digests: readonly Digest[],
    work: (free: readonly Digest[]) => Promise<void>,
  ): Promise<void> {
    return fileRemoval.during(() => locks.holdFree(digests, work));
  }

  /** Rows first, durably; then the files. The other way round a crash would leave a row without its bytes. */
  function remove(unused: readonly StoredBlob[]): Promise<void> {
    const sizes = new Map(unused.map(({ digest, sizeBytes }) => [digest, sizeBytes]));
    return removing([...sizes.keys()], async (free) => {
      const removed = await storage.write(async (tx) => {
        const gone: Digest[] = [];
        for (const digest of free) if (await garbage.deleteUnheld(tx, digest)) gone.push(digest);
        await deps.checkpoint?.('collect:before-commit');
        return gone;
      });
      await deps.checkpoint?.('collect:rows-deleted');
      for (const digest of removed) {
        await blobFiles.delete(digest);
        await deps.checkpoint?.('collect:file-deleted');
        add({ blobs: 1, freedBytes: sizes.get(digest) ?? 0 });
      }
    });
  }

  async function removeStray(digest: Digest): Promise<void> {
    if (await garbage.isStored(storage.reader, digest)) return;
    const file = await blobFiles.stat(digest);
    if (file === undefined || file.changedAt >= before) return;
    await removing([digest], async ([free]) => {
      if (free === undefined || (await garbage.isStored(storage.reader, free))) return;
      if (!dryRun) await blobFiles.delete(free);
      add({ strayFiles: 1, freedBytes: file.sizeBytes });
    });
  }

  return {
    collected: () => soFar,

    async links() {
      let after: LinkKey | undefined;
      do {
        const page = await garbage.links(storage.reader, {
          before,
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        await unlink(page.items.filter(({ isUsed }) => !isUsed));
        after = page.next;
        await turn();
      } while (after !== undefined);
    },

    async blobs() {
      let after: Digest | undefined;
      do {
        const page = await garbage.blobs(storage.reader, {
          before,
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        const unused = page.items.filter(({ isUsed }) => !isUsed);
        if (dryRun) for (const { sizeBytes } of unused) add({ blobs: 1, freedBytes: sizeBytes });
        else
          for (let from = 0; from < unused.length; from += BATCH)
            await remove(unused.slice(from, from + BATCH));
        after = page.next;
        await turn();
      } while (after !== undefined);
    },

    /** What an upload published before a crash, or a collection did not come to. */
    async strayFiles() {
      for (let shard = 0; shard < blobFiles.shards; shard += 1) {
        for (const digest of await blobFiles.list(shard)) await removeStray(digest);
        await turn();
      }
    },
  };
}
