// Whether a repository may be deleted without force: it holds nothing, or nothing but what is about to follow images
// that were deleted. Asked in the transaction that deletes it.
import type { Digest } from '../../shared/digest.ts';
import type { Tx } from '../storage.ts';
import type { DeletedSubjects, Images, Tags } from './ports.ts';
import { referrersListOf } from './remove-referrers.ts';

/** A repository that holds more than this is not called empty, whatever it is. */
const LOOKED_AT = 1000;

export interface EmptiedDeps {
  readonly images: Images;
  readonly tags: Tags;
  readonly deletedSubjects: DeletedSubjects;
  readonly referrersOfDeleted: 'delete' | 'keep';
}

export async function isEmptied(deps: EmptiedDeps, tx: Tx, repositoryId: number): Promise<boolean> {
  const left = await deps.images.some(tx, repositoryId, LOOKED_AT + 1);
  if (left.length === 0) return true;
  if (deps.referrersOfDeleted === 'keep' || left.length > LOOKED_AT) return false;
  const deletedAt = new Map<Digest, number>();
  const going = new Set<Digest>();
  for (const subject of await deps.deletedSubjects.ofRepository(tx, repositoryId, LOOKED_AT)) {
    deletedAt.set(subject.digest, subject.deletedAt);
    const list = await referrersListOf(deps, tx, subject);
    if (list !== undefined) going.add(list);
  }
  // Referrers of referrers follow those: as often as one more is found.
  for (let found = -1; found !== going.size; ) {
    found = going.size;
    for (const { digest, subject, pushedAt } of left)
      if (subject !== undefined && (pushedAt < (deletedAt.get(subject) ?? 0) || going.has(subject)))
        going.add(digest);
  }
  return left.every(({ digest }) => going.has(digest));
}
