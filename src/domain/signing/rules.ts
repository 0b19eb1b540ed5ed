// A signing configuration compiled: which profiles sign the images of a repository. A name matches as a whole;
// `*` is any run of characters, slashes too; no filters mean every repository. Never a regular expression: a
// filter with a few stars could stop the process.
import { compileWildcard, type WildcardMatcher } from '../../shared/wildcard.ts';
import type { SigningConfiguration } from './types.ts';

/** Names whose answer is remembered, for each compiled configuration. */
const rememberedNames = 4096;

export interface CompiledRules {
  /** ARNs of the profiles that sign this repository's images, each once, in the configuration's order. */
  profilesFor(repositoryName: string): readonly string[];
}

interface ProfileFilters {
  readonly profileArn: string;
  everything: boolean;
  readonly names: Set<string>;
  readonly wildcards: Map<string, WildcardMatcher>;
}

export function compileRules(configuration: SigningConfiguration | undefined): CompiledRules {
  const profiles = new Map<string, ProfileFilters>();
  for (const rule of configuration?.rules ?? []) {
    const { signingProfileArn: profileArn, repositoryFilters } = rule;
    const entry = profiles.get(profileArn) ?? {
      profileArn,
      everything: false,
      names: new Set<string>(),
      wildcards: new Map<string, WildcardMatcher>(),
    };
    profiles.set(profileArn, entry);
    if (repositoryFilters === undefined) entry.everything = true;
    for (const { filter } of repositoryFilters ?? []) {
      if (filter.includes('*')) entry.wildcards.set(filter, compileWildcard(filter));
      else entry.names.add(filter);
    }
  }
  const compiled = [...profiles.values()].map((entry) => ({
    ...entry,
    matchers: [...entry.wildcards.values()],
  }));
  const remembered = new Map<string, readonly string[]>();

  return {
    profilesFor(repositoryName) {
      const known = remembered.get(repositoryName);
      if (known !== undefined) return known;
      const found: string[] = [];
      for (const { profileArn, everything, names, matchers } of compiled)
        if (everything || names.has(repositoryName) || matchers.some((matches) => matches(repositoryName)))
          found.push(profileArn);
      if (remembered.size >= rememberedNames) remembered.clear();
      remembered.set(repositoryName, found);
      return found;
    },
  };
}
