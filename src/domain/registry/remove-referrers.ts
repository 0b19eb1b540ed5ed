// What clients attached to an image follows it when it was deleted, as in ECR within 24 hours: referrers, referrers of
// referrers, and the list that clients without the referrers API keep. States of a deleted image that something refers
// to: noted (in the transaction of its deletion) -> due after a while, in which it may be pushed again -> forgotten, when
// it is there again or nothing refers to it any more. A crash leaves it noted.
// Never removes what was attached after the deletion, nor to an image that was never there: such subjects may still come.
import type { Digest } from '../../shared/digest.ts';
import { referrersFallbackTag } from '../../shared/names.ts';
import type { Reader, Storage, Tx } from '../storage.ts';
import type { DeletedSubject, DeletedSubjects, Images, Tags } from './ports.ts';
import { isReferrersList } from './referrers-list.ts';
import { type RemoveImageDeps, removeImage } from './remove-image.ts';

/** Referrers that an index lists stay with it; when they are looked at again, ms. */
const HELD_AGAIN_MS = 24 * 3_600_000;
/** Referrers removed in one transaction. */
const BATCH = 25;

export interface RemoveReferrersDeps extends RemoveImageDeps {
  readonly storage: Storage;
  readonly deletedSubjects: DeletedSubjects;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

export interface ReferrerRemoval {
  /** Removes the referrers of images that were deleted a while ago; gives how many. Rejects when the signal aborts. */
  removeDue(signal?: AbortSignal): Promise<number>;
}

/** What one transaction did; `after`: where to go on, undefined when it is done with this subject. */
interface Step {
  readonly removed: number;
  readonly held: number;
  readonly after?: Digest;
}

export function makeReferrerRemoval(deps: RemoveReferrersDeps): ReferrerRemoval {
  const { storage, clock, images, tags, deletedSubjects } = deps;

  async function removeList(tx: Tx, subject: DeletedSubject): Promise<number> {
    const list = await referrersListOf(deps, tx, subject);
    if (list === undefined) return 0;
    const { repositoryId } = subject;
    if ((await tags.ofImage(tx, repositoryId, list)).length > 1) {
      await tags.delete(tx, repositoryId, referrersFallbackTag(subject.digest));
      return 0;
    }
    await removeImage(deps, tx, repositoryId, list);
    return 1;
  }

  async function step(tx: Tx, subject: DeletedSubject, before: Step): Promise<Step> {
    const { repositoryId, digest, deletedAt } = subject;
    const noted = await deletedSubjects.find(tx, repositoryId, digest);
    // Deleted again meanwhile: it has its time.
    if (noted?.deletedAt !== deletedAt) return { removed: 0, held: 0 };
    if ((await images.find(tx, repositoryId, digest)) !== undefined) {
      await deletedSubjects.remove(tx, subject);
      return { removed: 0, held: 0 };
    }
    // It lists the others, which would be held by it.
    let removed = before.after === undefined ? await removeList(tx, subject) : 0;
    let { held } = before;
    const { after } = before;
    const page = await images.referrersBefore(tx, repositoryId, digest, {
      pushedBefore: deletedAt,
      ...(after === undefined ? {} : { after }),
      limit: BATCH,
    });
    for (const referrer of page) {
      if ((await images.parents(tx, repositoryId, referrer, 1)).length > 0) {
        held += 1;
        continue;
      }
      // What refers to it was attached to something that is gone for long: it need not wait.
      await removeImage(deps, tx, repositoryId, referrer, 0);
      removed += 1;
    }
    const last = page.at(-1);
    if (page.length === BATCH && last !== undefined) return { removed, held, after: last };
    if (held === 0) await deletedSubjects.remove(tx, subject);
    else await deletedSubjects.postpone(tx, subject, clock.now() + HELD_AGAIN_MS);
    return { removed, held };
  }

  return {
    async removeDue(signal) {
      let removed = 0;
      for (;;) {
        const subject = await deletedSubjects.due(storage.reader, clock.now());
        if (subject === undefined) return removed;
        let last: Step = { removed: 0, held: 0 };
        do {
          signal?.throwIfAborted();
          const before = last;
          last = await storage.write((tx) => step(tx, subject, before));
          removed += last.removed;
          await deps.pause();
        } while (last.after !== undefined);
      }
    },
  };
}

/** The list of the image's referrers under the tag for it, if it was there before the image was deleted. */
export async function referrersListOf(
  { images, tags }: { readonly images: Images; readonly tags: Tags },
  on: Reader,
  { repositoryId, digest, deletedAt }: DeletedSubject,
): Promise<Digest | undefined> {
  const tag = referrersFallbackTag(digest);
  const named = await tags.find(on, repositoryId, tag);
  const image = named && (await images.find(on, repositoryId, named));
  if (image === undefined || image.pushedAt >= deletedAt) return undefined;
  const references = await images.references(on, repositoryId, image.digest);
  return (await isReferrersList(images, on, { ...image, references }, tag)) ? image.digest : undefined;
}
