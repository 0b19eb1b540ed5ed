// Wildcards as ECR writes them: `*` is any run of characters, the empty one and `/` included; the whole text
// must match. A filter is cut at its stars into literals and never becomes a regular expression: one that
// backtracks could stop the process.

/** Whether a text as a whole matches. */
export type WildcardMatcher = (text: string) => boolean;

/**
 * Compiles a filter. Matching takes a step for each literal (the leftmost place of each middle one is as good
 * as any other), so at worst length of text times length of filter.
 */
export function compileWildcard(filter: string): WildcardMatcher {
  const parts = filter.split('*');
  const prefix = parts[0] ?? '';
  if (parts.length === 1) return (text) => text === filter;
  const suffix = parts.at(-1) ?? '';
  const middles = parts.slice(1, -1).filter((part) => part !== '');
  const shortest = parts.reduce((sum, part) => sum + part.length, 0);

  return (text) => {
    if (text.length < shortest || !text.startsWith(prefix) || !text.endsWith(suffix)) return false;
    const end = text.length - suffix.length;
    let at = prefix.length;
    for (const middle of middles) {
      const found = text.indexOf(middle, at);
      if (found === -1 || found + middle.length > end) return false;
      at = found + middle.length;
    }
    return true;
  };
}
