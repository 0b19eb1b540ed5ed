// What the tags of an AWS resource may be. Sources: ECR's Tag shapes and "Tagging your resources", restrictions.
import { DomainError } from '../errors.ts';

const TAGS_PER_RESOURCE_LIMIT = 50;

type TagMap = Readonly<Record<string, string>>;

/** Throws InvalidTag or TooManyTags. */
export function checkResourceTags(tags: TagMap): void {
  const keys = Object.keys(tags);
  if (keys.length > TAGS_PER_RESOURCE_LIMIT) throw tooMany();
  for (const key of keys) {
    if (key === '' || key.length > 128) {
      throw new DomainError('InvalidTag', 'A tag key must have 1 to 128 characters', {});
    }
    if ((tags[key] ?? '').length > 256) {
      throw new DomainError('InvalidTag', `The value of tag '${key}' must have at most 256 characters`, {});
    }
    if (/^aws:/i.test(key)) {
      throw new DomainError('InvalidTag', `Tag keys that begin with aws: are reserved: '${key}'`, {});
    }
  }
}

/** All tags of a resource after `added` is put on it. Throws TooManyTags. */
export function mergeResourceTags(existing: TagMap, added: TagMap): TagMap {
  const merged = { ...existing, ...added };
  if (Object.keys(merged).length > TAGS_PER_RESOURCE_LIMIT) throw tooMany();
  return merged;
}

function tooMany(): DomainError<'TooManyTags'> {
  return new DomainError('TooManyTags', `A resource may have at most ${TAGS_PER_RESOURCE_LIMIT} tags`, {});
}
