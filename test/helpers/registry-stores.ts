// The registry area on real stores in a temporary directory, without HTTP.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openFileStore } from '../../src/adapters/blobs/fs.ts';
import { openFileRemoval } from '../../src/adapters/data-dir/file-removal.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { makePolicyDocuments, rootPrincipal } from '../../src/domain/access/index.ts';
import {
  type AfterImageStored,
  type CollectionPoint,
  type DamageReport,
  type ManagedSignatures,
  makeRegistry,
  type PutImage,
} from '../../src/domain/registry/index.ts';
import type { RegistryKey } from '../../src/shared/arn.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../src/shared/digest.ts';
import type { TestBlob, TestImage, TestManifest } from './images.ts';
import { requestFacts } from './policies.ts';

/** How long the registry keeps what it told a client of. */
export const GRACE_MS = 3_600_000;

const accountId = '123456789012';
const registryKey = { accountId, region: 'us-east-1' };
export const caller = { principal: rootPrincipal(accountId, 'AKIDEXAMPLE'), request: requestFacts };

/** Where a blob's file is. */
export function fileOf({ directory }: { readonly directory: string }, digest: Digest): string {
  const hex = digestHex(digest);
  return join(directory, 'blobs', digestAlgorithm(digest), hex.slice(0, 2), hex);
}

export type RegistryStores = Awaited<ReturnType<typeof openRegistryStores>>;

export async function openRegistryStores(
  quotas: { readonly referrersPerRepository?: number; readonly referrersOfDeleted?: 'delete' | 'keep' } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-registry-'));
  const metadata = await openMetadata({
    path: join(directory, 'metadata.db'),
    onError(error) {
      throw error;
    },
  });
  const files = await openFileStore(directory);
  const fileRemoval = openFileRemoval(directory);
  const clock = { time: 1_700_000_000_000, now: () => clock.time };
  const hook: {
    run: AfterImageStored;
    collection?: (point: CollectionPoint) => Promise<void> | void;
    sleep?: (ms: number) => Promise<void>;
    pause?: () => void;
    signatures?: Partial<ManagedSignatures>;
  } = { run: async () => {} };
  const damage: DamageReport[] = [];
  const { storage } = metadata;
  const begin = () =>
    makeRegistry({
      ...metadata,
      policyDocuments: makePolicyDocuments({ ...metadata, clock }),
      clock,
      blobFiles: files.blobs,
      uploadFiles: files.uploads,
      afterImageStored: (tx, stored, by) => hook.run(tx, stored, by),
      managedSignatures: {
        holdOn: async (tx, signature) => hook.signatures?.holdOn?.(tx, signature),
        contentFound: async (...found) => hook.signatures?.contentFound?.(...found),
        findLost: async (query) => hook.signatures?.findLost?.(query) ?? { lost: [] },
      },
      graceMs: GRACE_MS,
      referrersOfDeleted: 'delete',
      ...quotas,
      fileRemoval,
      pause: async () => {
        hook.pause?.();
        await setImmediate();
      },
      sleep: async (ms, signal) => {
        await hook.sleep?.(ms);
        signal.throwIfAborted();
      },
      onDamage: (report) => damage.push(report),
      collectionCheckpoint: (point) => hook.collection?.(point),
    });
  let registry = begin();
  let made = 0;

  return {
    directory,
    files,
    get registry() {
      return registry;
    },
    /** Begins again on the same stores, with nothing in memory. */
    forgetBytes() {
      registry = begin();
    },
    metadata,
    clock,
    hook,
    /** What was found damaged. */
    damage,
    /** A repository of its own; gives its name. */
    async repository(options: Partial<Parameters<typeof registry.repositories.create>[0]> = {}) {
      const name = { registry: registryKey, repositoryName: `team/app-${(made += 1)}` };
      const { id } = await registry.repositories.create({ ...name, ...options });
      return { ...name, id };
    },
    /** Uploads as a client does: bytes, file, row. */
    async upload(
      name: { readonly registry: RegistryKey; readonly repositoryName: string },
      { digest, bytes }: TestBlob,
    ) {
      const { id } = await registry.uploads.begin(name, caller.principal);
      await registry.uploads.complete(name, id, digest, {
        source: {
          forEach: async (take) => {
            await take(bytes);
          },
        },
      });
    },
    /** Makes blobs part of a repository, as an upload does. */
    hold: (repositoryId: number, blobs: readonly TestBlob[]) =>
      storage.write(async (tx) => {
        for (const { digest, bytes } of blobs)
          await metadata.layers.put(
            tx,
            repositoryId,
            { digest, sizeBytes: bytes.length, inline: bytes },
            clock.now(),
          );
      }),
    put: (
      name: { readonly repositoryName: string },
      manifest: TestManifest,
      options: Partial<PutImage> = {},
    ) =>
      registry.images.put({
        registry: registryKey,
        repositoryName: name.repositoryName,
        manifestBytes: manifest.bytes,
        mediaType: manifest.mediaType,
        tags: [],
        caller,
        onSame: 'accept',
        ...options,
      }),
    /** Blobs and manifest. */
    async push(
      name: { readonly repositoryName: string; readonly id: number },
      image: TestImage,
      ...tags: string[]
    ) {
      await this.hold(name.id, image.blobs);
      return this.put(name, image.manifest, { tags });
    },
    async close() {
      await metadata.close();
      fileRemoval.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
