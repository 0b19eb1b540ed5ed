// Which tags of a repository may be moved. Exclusion filters turn the repository's rule around for the tags
// that match one of them.
import { unreachable } from '../../shared/assert.ts';
import { compileWildcard } from '../../shared/wildcard.ts';
import { invalidParameter } from './errors.ts';
import type { Repository, TagMutability, TagMutabilityExclusion } from './types.ts';

/** ECR's limits: filters in a repository, stars in a filter. */
const FILTER_LIMIT = 5;
const STAR_LIMIT = 2;
const FILTER = /^[0-9a-zA-Z._*-]{1,128}$/;

/** Whether a tag that exists must keep its image; a list of referrers is no image (referrers-list.ts). */
export function isImmutableTag(
  repository: Pick<Repository, 'tagMutability' | 'tagMutabilityExclusions'>,
  tag: string,
): boolean {
  const { tagMutability } = repository;
  const isExcluded = () =>
    repository.tagMutabilityExclusions.some(({ filter }) => compileWildcard(filter)(tag));
  switch (tagMutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'MUTABLE_WITH_EXCLUSION':
      return isExcluded();
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !isExcluded();
    default:
      return unreachable(tagMutability);
  }
}

/** The exclusions to store. Throws InvalidParameter when they and the rule do not go together. */
export function checkExclusions(
  tagMutability: TagMutability,
  exclusions: readonly TagMutabilityExclusion[] | undefined,
): readonly TagMutabilityExclusion[] {
  const parameter = 'imageTagMutabilityExclusionFilters';
  const wanted = tagMutability === 'MUTABLE_WITH_EXCLUSION' || tagMutability === 'IMMUTABLE_WITH_EXCLUSION';
  const given = exclusions ?? [];
  if (!wanted && given.length > 0) {
    throw invalidParameter(
      parameter,
      `Member must not be given with an imageTagMutability of ${tagMutability}`,
    );
  }
  if (wanted && given.length === 0) {
    throw invalidParameter(parameter, `Member must be given with an imageTagMutability of ${tagMutability}`);
  }
  if (given.length > FILTER_LIMIT) {
    throw invalidParameter(parameter, `Member must have length less than or equal to ${FILTER_LIMIT}`);
  }
  given.forEach(({ filter }, at) => {
    const member = `${parameter}.${at + 1}.member.filter`;
    if (filter.length > 128 || !FILTER.test(filter)) {
      throw invalidParameter(member, `must satisfy regular expression '${FILTER.source}'`);
    }
    if (filter.split('*').length - 1 > STAR_LIMIT) {
      throw invalidParameter(member, `Member must have at most ${STAR_LIMIT} wildcards`);
    }
  });
  return given;
}
