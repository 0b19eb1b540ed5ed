// A push of a manifest, from either surface: what is acknowledged is stored with its tags and with whatever
// the hook adds (signing statuses and jobs), in one transaction, or nothing is.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestAlgorithm, digestOf } from '../../shared/digest.ts';
import { isTag } from '../../shared/names.ts';
import type { Storage, Tx } from '../storage.ts';
import type { ByteCache } from './byte-cache.ts';
import {
  imageAlreadyExists,
  imageDigestMismatch,
  imageTagAlreadyExists,
  invalidParameter,
  layersNotFound,
  referencedImagesNotFound,
  tooManyImageTags,
} from './errors.ts';
import { checkQuota } from './image-quota.ts';
import { type ParsedManifest, parseManifestInTurns } from './parse-manifest.ts';
import type { Images, Layers, Repositories, Tags } from './ports.ts';
import { isListUnderAll, isReferrersList, type ListedIndex } from './referrers-list.ts';
import type { AfterImageStored, PutImage, StoredImage } from './registry.ts';
import { findRepository } from './repositories.ts';
import { isImmutableTag } from './tag-mutability.ts';
import type { Image, Repository } from './types.ts';
import type { VerifiedManifests } from './verify-manifests.ts';

/** ECR's quota. */
const TAGS_PER_IMAGE_LIMIT = 1000;

export interface PutImageDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly repositories: Repositories;
  readonly images: Images;
  readonly tags: Tags;
  readonly layers: Layers;
  readonly manifests: ByteCache;
  readonly verifiedManifests: Pick<VerifiedManifests, 'heal'>;
  readonly afterImageStored: AfterImageStored;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  /** What a repository may have; undefined for no limit. */
  readonly imagesPerRepository?: number | undefined;
  readonly referrersPerRepository?: number | undefined;
}

/** Throws what its steps throw; the transaction then leaves nothing. */
export function makePutImage(deps: PutImageDeps): (input: PutImage) => Promise<StoredImage> {
  return async (input) => {
    const manifest = await parseManifestInTurns(input.manifestBytes, input.mediaType, deps.pause);
    const digest = digestOfManifest(input);
    checkTags(input.tags);

    return deps.storage.write(async (tx) => {
      const repository = await findRepository(deps.repositories, tx, input);
      const known = await deps.images.find(tx, repository.id, digest);
      const index = { ...manifest, repositoryId: repository.id, digest };
      const moved = await tagsToMove(deps, tx, input, repository, index, known);
      if (known === undefined) await checkReferences(deps, tx, input, repository, manifest);
      if (known === undefined) await checkQuota(deps, tx, input, index);
      const image = known ?? (await insertImage(deps, tx, input, repository, digest, manifest));
      if (known !== undefined) await deps.verifiedManifests.heal(tx, known, input.manifestBytes);
      const now = deps.clock.now();
      for (const tag of moved) await deps.tags.put(tx, repository.id, tag, digest, now);
      const isReferrersList = await isListUnderAll(deps.images, tx, index, input.tags);
      const stored = { repository, image, isNew: known === undefined, tags: input.tags, isReferrersList };
      await deps.afterImageStored(tx, stored, input.caller);
      tx.onCommit(() => deps.manifests.add(digest, input.manifestBytes));
      return stored;
    });
  };
}

function digestOfManifest(input: PutImage): Digest {
  const { expectedDigest } = input;
  const algorithm =
    input.algorithm ?? (expectedDigest === undefined ? 'sha256' : digestAlgorithm(expectedDigest));
  const digest = digestOf(input.manifestBytes, algorithm);
  if (expectedDigest !== undefined && expectedDigest !== digest) {
    throw imageDigestMismatch(input, expectedDigest);
  }
  return digest;
}

function checkTags(tags: readonly string[]): void {
  const wrong = tags.find((tag) => !isTag(tag));
  if (wrong !== undefined) {
    throw invalidParameter('imageTag', "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'");
  }
}

/** The tags that this push sets. Throws ImageTagAlreadyExists, ImageAlreadyExists, LimitExceeded. */
async function tagsToMove(
  deps: PutImageDeps,
  tx: Tx,
  input: PutImage,
  repository: Repository,
  pushed: ListedIndex,
  known: Image | undefined,
): Promise<readonly string[]> {
  const { digest } = pushed;
  const moved: string[] = [];
  for (const tag of new Set(input.tags)) {
    const current = await deps.tags.find(tx, repository.id, tag);
    if (current === digest) continue;
    if (current !== undefined && isImmutableTag(repository, tag)) {
      if (!(await isNextList(deps, tx, current, pushed, tag))) throw imageTagAlreadyExists(input, tag);
    }
    moved.push(tag);
  }
  const isWhole = known !== undefined && known.manifestFault === undefined;
  if (isWhole && moved.length === 0 && input.onSame === 'refuse') {
    throw imageAlreadyExists(input, digest, input.tags[0]);
  }
  const last = moved.at(-1);
  if (last !== undefined) {
    const before = known !== undefined ? (await deps.tags.ofImage(tx, repository.id, digest)).length : 0;
    if (before + moved.length > TAGS_PER_IMAGE_LIMIT) {
      throw tooManyImageTags(input, last, TAGS_PER_IMAGE_LIMIT);
    }
  }
  return moved;
}

/** Whether a list of referrers follows a list of referrers under its tag: that is never held. */
async function isNextList(
  { images }: PutImageDeps,
  tx: Tx,
  current: Digest,
  pushed: ListedIndex,
  tag: string,
): Promise<boolean> {
  if (!(await isReferrersList(images, tx, pushed, tag))) return false;
  const image = await images.find(tx, pushed.repositoryId, current);
  if (image === undefined) return false;
  const references = await images.references(tx, pushed.repositoryId, current);
  return isReferrersList(images, tx, { ...image, references }, tag);
}

/** Throws LayersNotFound or ReferencedImagesNotFound with every digest that is missing. A subject may be absent. */
async function checkReferences(
  deps: PutImageDeps,
  tx: Tx,
  input: PutImage,
  repository: Repository,
  { requiredLayers, requiredImages }: ParsedManifest,
): Promise<void> {
  const layers =
    requiredLayers.length === 0 ? [] : await deps.layers.missing(tx, repository.id, requiredLayers);
  if (layers.length > 0) throw layersNotFound(input, layers);
  const images =
    requiredImages.length === 0 ? [] : await deps.images.missing(tx, repository.id, requiredImages);
  if (images.length > 0) throw referencedImagesNotFound(input, images);
}

async function insertImage(
  deps: PutImageDeps,
  tx: Tx,
  input: PutImage,
  repository: Repository,
  digest: Digest,
  manifest: ParsedManifest,
): Promise<Image> {
  const { mediaType, artifactType, subject, annotations, imageSizeBytes, references } = manifest;
  const image: Image = {
    repositoryId: repository.id,
    digest,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
    manifestSizeBytes: input.manifestBytes.length,
    imageSizeBytes,
    pushedAt: deps.clock.now(),
  };
  await deps.images.insert(tx, image, input.manifestBytes, references);
  return image;
}
