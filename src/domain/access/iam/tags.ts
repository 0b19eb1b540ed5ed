// Tags of users, roles, policies and providers. Names keep the case of their letters, but two that differ only in
// it are one. Source: IAM User Guide, "Tags for AWS Identity and Access Management resources".
import { LIMITS } from '../limits.ts';
import type { Tags } from '../types.ts';
import { invalidInput, quotaExceeded } from './refusals.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** The tags with more of them laid over. Throws Validation or LimitExceeded. */
export function withTags(tags: Tags, more: readonly Tag[]): Tags {
  const result = new Map(Object.entries(tags).map(([key, value]) => [key.toLowerCase(), { key, value }]));
  const seen = new Set<string>();
  for (const tag of more) {
    const folded = tag.key.toLowerCase();
    if (seen.has(folded))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    if (folded.startsWith('aws:'))
      throw invalidInput('Tag keys must not begin with aws:, which is reserved.');
    seen.add(folded);
    result.set(folded, tag);
  }
  if (result.size > LIMITS.tags) throw quotaExceeded('TagsPerResource', LIMITS.tags);
  return Object.fromEntries([...result.values()].map(({ key, value }) => [key, value]));
}

/** The tags without the named ones. */
export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key.toLowerCase())));
}
