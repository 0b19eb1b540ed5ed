// nextToken of ECR's lists: the key of the last item, sealed and bound to the list that it belongs to.
import { hash } from 'node:crypto';
import type { SealedClaims } from '../../domain/access/index.ts';
import { ConstraintError } from '../aws/shapes.ts';

const PURPOSE = 'ecr-page';

/** What a token is bound to: operation, account, region, repository, filters. */
export type Binding = readonly (string | readonly string[] | undefined)[];

/** The last item's key, its parts by name. */
export type PageKey = Readonly<Record<string, string>>;

export function writePageToken(claims: SealedClaims, binding: Binding, key: PageKey): string {
  return claims.seal(PURPOSE, { ...key, list: mark(binding) });
}

/** Gives the key of a token. Throws ConstraintError when it was not given for this very list. */
export function readPageToken(claims: SealedClaims, binding: Binding, token: string): PageKey {
  const opened = claims.open(PURPOSE, token);
  if (opened?.['list'] !== mark(binding)) {
    throw new ConstraintError(
      'nextToken',
      'Member must be a token that this operation gave for the same request',
    );
  }
  return Object.fromEntries(Object.entries(opened).map(([name, part]) => [name, String(part)]));
}

function mark(binding: Binding): string {
  return hash('sha256', JSON.stringify(binding.map((part) => part ?? null)), 'base64url');
}
