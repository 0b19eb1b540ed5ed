// One step from how access is to how it is to be: told first, done later.

export interface Change {
  readonly sign: '+' | '~' | '-';
  /** For a person, e.g. `user anna: attach team-pull`. */
  readonly what: string;
  run(): Promise<unknown>;
}

/** What must be added and what must go; the same text in another order is the same. */
export function difference(
  wanted: readonly string[],
  there: readonly string[],
): { readonly add: readonly string[]; readonly remove: readonly string[] } {
  const [want, have] = [new Set(wanted), new Set(there)];
  return {
    add: [...want].filter((one) => !have.has(one)),
    remove: [...have].filter((one) => !want.has(one)),
  };
}

/** A document in one spelling, to compare: keys in order, no white space. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Whether a percent-encoded document of the API says what `wanted` says. */
export function sameDocument(wanted: unknown, encoded: string): boolean {
  try {
    return canonical(wanted) === canonical(JSON.parse(decodeURIComponent(encoded)));
  } catch {
    // What is there is no document; it is to be replaced.
    return false;
  }
}
