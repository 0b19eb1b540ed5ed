// nextToken of the Signer API's lists: the key of the last item, bound to the call that it belongs to. It holds
// no right to anything: whoever invents one gets another page of what they may list anyway.
import { hash } from 'node:crypto';
import { ConstraintError } from '../aws/shapes.ts';

type Key = readonly (string | number)[];

/** What a token is bound to: operation, account, region, filters. */
export type Binding = readonly (string | number | boolean | readonly string[] | undefined)[];

export function writePageToken(binding: Binding, key: Key): string {
  return Buffer.from(JSON.stringify([mark(binding), ...key])).toString('base64url');
}

/** The key of a token. Throws ConstraintError when it is not a token of this very list. */
export function readPageToken(binding: Binding, token: string): Key {
  const parts = token.length <= 1024 ? parse(token) : undefined;
  if (parts === undefined || parts[0] !== mark(binding))
    throw new ConstraintError('nextToken', 'Member must be a token that this call gave for the same filters');
  return parts.slice(1);
}

function mark(binding: Binding): string {
  return hash('sha256', JSON.stringify(binding.map((part) => part ?? null)), 'base64url').slice(0, 22);
}

function parse(token: string): Key | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    const isKey =
      Array.isArray(value) && value.every((part) => typeof part === 'string' || typeof part === 'number');
    return isKey ? value : undefined;
  } catch {
    return undefined;
  }
}
