// The list of referrers that clients without the referrers API keep as an index under a tag made of the subject's digest
// (distribution-spec, Referrers Tag Schema). It is bookkeeping: never signed, and overwritten also where tags are
// immutable. Known by what it is, never by its tag alone: what somebody calls so may be an image.
import type { Digest } from '../../shared/digest.ts';
import { isIndexMediaType, type ManifestMediaType } from '../../shared/media-types.ts';
import { isReferrersFallbackTag, referrersFallbackTag } from '../../shared/names.ts';
import type { Reader } from '../storage.ts';
import type { Images } from './ports.ts';
import type { ImageReference } from './types.ts';

/** An index, stored or not, and what it names. */
export interface ListedIndex {
  readonly repositoryId: number;
  readonly digest: Digest;
  readonly mediaType: ManifestMediaType;
  readonly references: readonly ImageReference[];
}

/**
 * Whether an index under this tag is a list of referrers: each entry is a manifest that the repository has, with the
 * digest in the tag as its subject, or there is none. An index cannot list itself: under the tag of its own digest it is
 * an image. So is one of which an entry is not stored, is a blob, or refers to something else.
 */
export async function isReferrersList(
  images: Pick<Images, 'find'>,
  on: Reader,
  { repositoryId, digest, mediaType, references }: ListedIndex,
  tag: string,
): Promise<boolean> {
  if (!isReferrersFallbackTag(tag) || !isIndexMediaType(mediaType)) return false;
  if (tag === referrersFallbackTag(digest)) return false;
  for (const reference of references) {
    if (reference.kind !== 'manifest') return false;
    const entry = await images.find(on, repositoryId, reference.digest);
    if (entry?.subject === undefined || referrersFallbackTag(entry.subject) !== tag) return false;
  }
  return true;
}

/** Whether it is one under each of these tags, and there are some. */
export async function isListUnderAll(
  images: Pick<Images, 'find'>,
  on: Reader,
  index: ListedIndex,
  tags: readonly string[],
): Promise<boolean> {
  for (const tag of tags) if (!(await isReferrersList(images, on, index, tag))) return false;
  return tags.length > 0;
}
