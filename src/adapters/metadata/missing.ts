// Which of a set of digests a query does not find, in chunks: SQL limits the parameters of a statement.
import type { Reader } from '../../domain/storage.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Prepared } from './prepared.ts';

/** Digests asked for at once; chunks are filled up to a power of two, so that few statements exist. */
const LARGEST = 128;

type Find = Prepared<{ repositoryId: number } & Record<`d${number}`, string>, { digest: string }>;

/** `build(n)` makes the query that finds which of the digests `d0` to `d<n-1>` are there. */
export function makeMissing(
  build: (size: number) => Find,
): (on: Reader, repositoryId: number, digests: readonly Digest[]) => Promise<readonly Digest[]> {
  const bySize = new Map<number, Find>();
  const queryOf = (size: number): Find => {
    const known = bySize.get(size);
    if (known !== undefined) return known;
    const query = build(size);
    bySize.set(size, query);
    return query;
  };
  return async (on, repositoryId, digests) => {
    const unique = [...new Set(digests)];
    const found = new Set<string>();
    for (let start = 0; start < unique.length; start += LARGEST) {
      const chunk = unique.slice(start, start + LARGEST);
      let size = 1;
      while (size < chunk.length) size *= 2;
      const parameters: { repositoryId: number } & Record<`d${number}`, string> = { repositoryId };
      for (let index = 0; index < size; index += 1)
        parameters[`d${index}`] = chunk[Math.min(index, chunk.length - 1)] as Digest;
      for (const { digest } of await queryOf(size).all(on, parameters)) found.add(digest);
    }
    return unique.filter((digest) => !found.has(digest));
  };
}

/** The placeholders `d0` to `d<size-1>`. */
export function digestParameters(p: Record<`d${number}`, string>, size: number): string[] {
  return Array.from({ length: size }, (_, index) => p[`d${index}`] as string);
}
