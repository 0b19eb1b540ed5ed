// Door of the registry area: repositories, images, layers, uploads. It knows nothing of signing: what a push
// means to others is a hook, run in the push's own transaction.
import type { Clock } from '../../shared/clock.ts';
import type { PolicyDocuments } from '../access/index.ts';
import type { Storage } from '../storage.ts';
import type { BlobFiles, UploadFiles } from './blob-ports.ts';
import { ByteCache } from './byte-cache.ts';
import { cacheImages } from './cached-images.ts';
import { cacheLayers } from './cached-layers.ts';
import { cacheRepositories } from './cached-repositories.ts';
import { type CollectionPoint, type Collector, makeCollector } from './collect-garbage.ts';
import { makeDeleteImages } from './delete-images.ts';
import { makeDigestLocks } from './digest-locks.ts';
import type {
  DamagedBlobs,
  DamageReport,
  FileRemoval,
  Garbage,
  StoredManifests,
  StoredReferences,
  UpkeepPositions,
  VerifiedFiles,
} from './garbage-ports.ts';
import { makeHeldLayers } from './held-layers.ts';
import { makeImages } from './images.ts';
import { type Inspector, makeInspector } from './inspect-blobs.ts';
import { makeUploads } from './layer-uploads.ts';
import { makeLayers } from './layers.ts';
import { makeLostLayers } from './lost-layers.ts';
import {
  type ImagesToSign,
  type ManagedSignatures,
  makeImagesToSign,
  tellOfDamage,
} from './managed-signatures.ts';
import { makePolicies } from './policies.ts';
import type {
  DeletedSubjects,
  ImageLists,
  Images,
  Layers,
  Repositories,
  RepositoryRemains,
  ResourceTags,
  Tags,
  Uploads,
} from './ports.ts';
import { makePullTimes } from './pull-times.ts';
import { makePutImage } from './put-image.ts';
import type { AfterImageStored, Registry } from './registry.ts';
import { makeReferrerRemoval, type ReferrerRemoval } from './remove-referrers.ts';
import { makeRepositoryRemoval, type RepositoryRemoval } from './remove-repositories.ts';
import { makeRepositories } from './repositories.ts';
import { makeRegistryArea } from './resource-area.ts';
import { makeScrubber, type Scrubber } from './scrub-blobs.ts';
import { makeVerifiedManifests } from './verify-manifests.ts';

/** Memory for manifests that were read or pushed lately, and for small layers that were read. */
const MANIFEST_CACHE_BYTES = 32 * 1024 * 1024;
const LAYER_CACHE_BYTES = 32 * 1024 * 1024;

export interface RegistryDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly repositoryRemains: RepositoryRemains;
  readonly images: Images;
  readonly deletedSubjects: DeletedSubjects;
  readonly imageLists: ImageLists;
  readonly tags: Tags;
  readonly layers: Layers;
  readonly uploads: Uploads;
  readonly resourceTags: ResourceTags;
  readonly policyDocuments: PolicyDocuments;
  readonly garbage: Garbage;
  readonly storedManifests: StoredManifests;
  readonly storedReferences: StoredReferences;
  readonly damagedBlobs: DamagedBlobs;
  readonly verifiedFiles: VerifiedFiles;
  readonly upkeepPositions: UpkeepPositions;
  readonly fileRemoval: FileRemoval;
  readonly blobFiles: BlobFiles;
  readonly uploadFiles: UploadFiles;
  /** Runs last in the transaction that stores an image; a throw refuses the push. */
  readonly afterImageStored: AfterImageStored;
  readonly managedSignatures: ManagedSignatures;
  /** What a repository may have; undefined for no limit. */
  readonly imagesPerRepository?: number | undefined;
  readonly referrersPerRepository?: number | undefined;
  /** What becomes of what clients attached to an image that is deleted. */
  readonly referrersOfDeleted: 'delete' | 'keep';
  /** How long a client may count on a layer that it was told of, ms. */
  readonly graceMs: number;
  /** Lets others have their turn, between two batches of background work or two steps of a large request. */
  readonly pause: () => Promise<void>;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In the place of what looks into the files of layers: somebody who can write down what was found. */
  readonly inspector?: Partial<Inspector>;
  /** Called once for each layer or manifest that is found damaged. */
  readonly onDamage: (report: DamageReport) => void;
  /** Called at the named points of a collection, and of the removal of repositories. */
  readonly collectionCheckpoint?: (point: CollectionPoint) => Promise<void> | void;
}

/** The registry and the care for what it stores. */
export interface RegistryWithUpkeep extends Registry {
  readonly collector: Collector;
  readonly removal: RepositoryRemoval;
  readonly referrerRemoval: ReferrerRemoval;
  readonly scrubber: Scrubber;
  /** For the area that signs. */
  readonly imagesToSign: ImagesToSign;
}

export function makeRegistry(given: RegistryDeps): RegistryWithUpkeep {
  const { reader } = given.storage;
  const cached = { ...cacheImages(given, reader), ...cacheLayers(given, reader) };
  const deps = {
    ...given,
    repositories: cacheRepositories(given.repositories, reader),
    ...cached,
    ...tellOfDamage(cached, given.managedSignatures),
  };
  const manifests = new ByteCache(MANIFEST_CACHE_BYTES);
  const verifiedManifests = makeVerifiedManifests({ ...deps, manifests });
  const pullTimes = makePullTimes(deps);
  const locks = makeDigestLocks();
  const heldLayers = makeHeldLayers(deps);
  const lostLayers = makeLostLayers(deps);
  const inspector = { ...makeInspector({ ...deps, locks, lostLayers }), ...deps.inspector };
  const checkpoint = deps.collectionCheckpoint === undefined ? {} : { checkpoint: deps.collectionCheckpoint };
  const removal = makeRepositoryRemoval({ ...deps, ...checkpoint });
  return {
    repositories: makeRepositories({ ...deps, onRemains: () => removal.tell() }),
    images: {
      put: makePutImage({ ...deps, manifests, verifiedManifests }),
      ...makeImages({ ...deps, verifiedManifests, pullTimes }),
      ...makeDeleteImages(deps),
      recordPulls: () => pullTimes.record(),
      takePulls: () => pullTimes.take(),
      addPulls: (notes) => pullTimes.add(notes),
    },
    layers: makeLayers({ ...deps, heldLayers, inspector, small: new ByteCache(LAYER_CACHE_BYTES) }),
    uploads: makeUploads({ ...deps, heldLayers, locks }),
    scrubber: makeScrubber({ ...deps, inspector, verifiedManifests, positions: deps.upkeepPositions }),
    policies: makePolicies(deps),
    resourceArea: makeRegistryArea(deps),
    imagesToSign: makeImagesToSign(deps),
    collector: makeCollector({ ...deps, locks, removal, ...checkpoint }),
    removal,
    referrerRemoval: makeReferrerRemoval(deps),
  };
}

export { type BackedUp, type BackUpOptions, backUp } from './back-up.ts';
export type { BlobFiles, BlobReader, BlobSource, UploadFiles } from './blob-ports.ts';
export {
  type Collected,
  type CollectionPoint,
  type CollectOptions,
  type Collector,
  makeCollector,
} from './collect-garbage.ts';
export { makeDigestLocks } from './digest-locks.ts';
export type { DamageReport } from './garbage-ports.ts';
export { makeInspector } from './inspect-blobs.ts';
export { makeLostLayers } from './lost-layers.ts';
export {
  type ImagesToSign,
  type LostSignature,
  type ManagedSignatures,
  makeImagesToSign,
  type StoredContent,
  tellOfDamage,
} from './managed-signatures.ts';
export { MANIFEST_LIMIT_BYTES } from './parse-manifest.ts';
export type {
  ImageListEntry,
  ImageLists,
  Images,
  Layers,
  OpenUpload,
  Repositories,
  ResourceTags,
  TagStatus,
  Tags,
  UploadFilter,
  Uploads,
} from './ports.ts';
export type { PullNote } from './pull-times.ts';
export type {
  AfterImageStored,
  CreateRepository,
  ImageFailure,
  ImagesDoor,
  LayersDoor,
  PutImage,
  Registry,
  RepositoriesDoor,
  RepositoryName,
  StoredImage,
  UploadsDoor,
} from './registry.ts';
export type { ReferrerRemoval } from './remove-referrers.ts';
export { makeRepositoryRemoval, type RepositoryRemoval } from './remove-repositories.ts';
export type { Run, RunControl, Runs } from './runs.ts';
export {
  makeScrubber,
  type Scrubbed,
  type Scrubber,
  type ScrubFinding,
  type ScrubOptions,
} from './scrub-blobs.ts';
export type {
  EncryptionConfiguration,
  Image,
  ImageId,
  ImageReference,
  Layer,
  NewRepository,
  Repository,
  TaggedImage,
  TagMutability,
  TagMutabilityExclusion,
  Upload,
} from './types.ts';
export {
  type GarbageOptions,
  type GarbageRun,
  type GarbageRuns,
  makeGarbageRuns,
  makeScrubRuns,
  type ScrubRun,
  type ScrubRuns,
} from './upkeep-runs.ts';
export { makeVerifiedManifests } from './verify-manifests.ts';
