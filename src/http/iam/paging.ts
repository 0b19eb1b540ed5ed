// Markers of IAM's lists: the key of the last item, sealed and bound to the list that it belongs to.
import { hash } from 'node:crypto';
import type { SealedClaims } from '../../domain/access/index.ts';
import { ConstraintError } from '../aws/shapes.ts';

const PURPOSE = 'iam-page';
const DEFAULT_ITEMS = 100;

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

interface DomainPage<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** `IsTruncated`, and a `Marker` when it is true. */
  readonly tail: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/**
 * One page of a list. `binding` tells lists apart: operation, account, and what filters the list. Throws
 * ConstraintError when the marker was not given for this very list.
 */
export async function listPage<T>(
  claims: SealedClaims,
  input: PageInput,
  binding: readonly (string | undefined)[],
  load: (query: { readonly after?: string | undefined; readonly limit: number }) => Promise<DomainPage<T>>,
): Promise<ListPage<T>> {
  // Half a hash is enough for what is sealed, and a marker has 320 characters at most.
  const list = hash('sha256', JSON.stringify(binding.map((part) => part ?? null)), 'base64url').slice(0, 22);
  const opened = input.Marker === undefined ? undefined : claims.open(PURPOSE, input.Marker);
  if (input.Marker !== undefined && opened?.['list'] !== list)
    throw new ConstraintError('marker', 'Member must be a marker that this operation gave for the same list');
  const { items, next } = await load({
    after: opened === undefined ? undefined : String(opened['after']),
    limit: input.MaxItems ?? DEFAULT_ITEMS,
  });
  return {
    items,
    tail:
      next === undefined
        ? { IsTruncated: false }
        : { IsTruncated: true, Marker: claims.seal(PURPOSE, { after: next, list }) },
  };
}
