// Deleting images and tags. A child of an index stays while the index is there; blobs are left to the
// collector; signing statuses and managed signatures go with the image.
import type { Digest } from '../../shared/digest.ts';
import type { Storage, Tx } from '../storage.ts';
import { imageNotFound, imageReferenced, referencedReason, signatureHeld } from './errors.ts';
import { lookUpImage } from './find-image.ts';
import { checkIds } from './images.ts';
import type { ManagedSignatures } from './managed-signatures.ts';
import type { Repositories } from './ports.ts';
import type { ImageFailure, ImagesDoor, RepositoryName } from './registry.ts';
import { RemovedImages, type RemoveImageDeps, removeImage } from './remove-image.ts';
import { findRepository } from './repositories.ts';
import type { Image, ImageId } from './types.ts';

/** Parents that a refusal names. */
const PARENTS_NAMED = 10;
/** A transaction takes no further id after so many of them, or so many tags that went: about 20 ms. */
const IDS_AT_A_TIME = 25;
const TAGS_AT_A_TIME = 500;

export interface DeleteImagesDeps extends RemoveImageDeps {
  readonly storage: Storage;
  readonly repositories: Repositories;
  readonly managedSignatures: Pick<ManagedSignatures, 'holdOn'>;
}

export function makeDeleteImages(deps: DeleteImagesDeps): Pick<ImagesDoor, 'deleteMany' | 'delete'> {
  return {
    async deleteMany(name, ids) {
      checkIds(ids);
      return deleteBatch(deps, name, ids);
    },

    async delete(name, id) {
      await deps.storage.write(async (tx) => {
        const repository = await findRepository(deps.repositories, tx, name);
        if ('tag' in id) {
          if (!(await deps.tags.delete(tx, repository.id, id.tag))) throw imageNotFound(name, id);
          return;
        }
        const image = await deps.images.find(tx, repository.id, id.digest);
        if (image === undefined) throw imageNotFound(name, id);
        const hold = await holdOn(deps, tx, image);
        if (hold !== undefined) throw signatureHeld(image.subject, hold);
        const parents = await deps.images.parents(tx, repository.id, id.digest, PARENTS_NAMED);
        if (parents.length > 0) throw imageReferenced(parents);
        await removeImage(deps, tx, repository.id, id.digest);
      });
    },
  };
}

type Outcome =
  | { readonly kind: 'deleted'; readonly ids: readonly ImageId[] }
  | { readonly kind: 'failed'; readonly failure: ImageFailure };

/**
 * An index and its children, an image and its signatures may be named in any order: what was held back gets another
 * turn, and what went with its image is deleted as asked. A long batch is several transactions, each with whole ids, so
 * that nobody waits for all of it: images may have a thousand tags each.
 */
async function deleteBatch(
  deps: DeleteImagesDeps,
  name: RepositoryName,
  ids: readonly ImageId[],
): Promise<{ deleted: readonly ImageId[]; failures: readonly ImageFailure[] }> {
  const deleted: ImageId[] = [];
  const failures: ImageFailure[] = [];
  const removed = new RemovedImages();
  let waiting = ids;
  for (;;) {
    const heldBack: ImageFailure[] = [];
    const outcomes: Outcome[] = [];
    while (outcomes.length < waiting.length)
      outcomes.push(...(await deleteSome(deps, name, waiting.slice(outcomes.length), removed)));
    for (const outcome of outcomes) {
      if (outcome.kind === 'deleted') deleted.push(...outcome.ids);
      else if (outcome.failure.code === 'ImageReferencedByManifestList') heldBack.push(outcome.failure);
      else failures.push(outcome.failure);
    }
    if (heldBack.length === 0 || heldBack.length === waiting.length) {
      return { deleted, failures: [...failures, ...heldBack] };
    }
    waiting = heldBack.map(({ imageId }) => imageId);
  }
}

/** What became of the first ids, as many as a transaction takes; of one at least. */
function deleteSome(
  deps: DeleteImagesDeps,
  name: RepositoryName,
  ids: readonly ImageId[],
  removed: RemovedImages,
): Promise<readonly Outcome[]> {
  return deps.storage.write(async (tx) => {
    const { id: repositoryId } = await findRepository(deps.repositories, tx, name);
    const outcomes: Outcome[] = [];
    let tags = 0;
    for (const id of ids.slice(0, IDS_AT_A_TIME)) {
      const outcome = await deleteOne(deps, tx, repositoryId, id, removed);
      outcomes.push(outcome);
      if (outcome.kind === 'deleted') tags += outcome.ids.length;
      if (tags >= TAGS_AT_A_TIME) break;
    }
    return outcomes;
  });
}

async function deleteOne(
  deps: DeleteImagesDeps,
  tx: Tx,
  repositoryId: number,
  imageId: ImageId,
  removed: RemovedImages,
): Promise<Outcome> {
  const found = await lookUpImage(deps, tx, repositoryId, imageId);
  if (found.kind === 'failed') {
    const gone = found.code === 'ImageNotFound' ? removed.take(imageId) : undefined;
    if (gone !== undefined) return { kind: 'deleted', ids: idsOf(gone.digest, gone.tags) };
    return { kind: 'failed', failure: { imageId, code: found.code, reason: found.reason } };
  }
  const { digest } = found.image;
  const { tag } = imageId;
  const tags = await deps.tags.ofImage(tx, repositoryId, digest);
  if (tag !== undefined && tags.length > 1) {
    await deps.tags.delete(tx, repositoryId, tag);
    return { kind: 'deleted', ids: [{ digest, tag }] };
  }
  const code = 'ImageReferencedByManifestList';
  const hold = await holdOn(deps, tx, found.image);
  if (hold !== undefined) return { kind: 'failed', failure: { imageId, code, reason: hold } };
  const parents = await deps.images.parents(tx, repositoryId, digest, PARENTS_NAMED);
  if (parents.length > 0)
    return { kind: 'failed', failure: { imageId, code, reason: referencedReason(parents) } };
  const [, ...signatures] = await removeImage(deps, tx, repositoryId, digest);
  removed.add(signatures);
  return { kind: 'deleted', ids: idsOf(digest, tags) };
}

/** Why a managed signature must stay; undefined for it and for every other image when nothing is against it. */
async function holdOn(deps: DeleteImagesDeps, tx: Tx, image: Image): Promise<string | undefined> {
  return image.signingJobId === undefined ? undefined : deps.managedSignatures.holdOn(tx, image);
}

function idsOf(digest: Digest, tags: readonly string[]): readonly ImageId[] {
  return tags.length === 0 ? [{ digest }] : tags.map((tag) => ({ digest, tag }));
}
