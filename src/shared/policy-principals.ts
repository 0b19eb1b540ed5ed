// The AWS principals in a policy document's text (`Principal` and `NotPrincipal`, member `AWS`): read, and replaced
// where they stand, so that everything else of the text stays as it was written.
import { type PlacedText, parseStrictJson } from './strict-json.ts';

/** A user or a role as a policy may name it, or a session of a role. */
export type NamedPrincipal =
  | { readonly kind: 'user' | 'role'; readonly accountId: string; readonly name: string }
  | { readonly kind: 'session'; readonly accountId: string; readonly name: string; readonly session: string };

const IDENTITY = /^arn:aws[a-z-]*:iam::(\d{12}):(user|role)\/(?:[^*]*\/)?([^/*]+)$/;
const SESSION = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([^/*]+)\/([^/*]+)$/;
const UNIQUE_ID = /^A(?:IDA|ROA)[A-Z0-9]{12,124}$/;
const SESSION_ID = /^(AROA[A-Z0-9]{12,124}):([\w+=,.@-]{2,64})$/;

/** What a principal's ARN names; undefined for accounts, `*`, unique ids and what is no ARN. */
export function parsePrincipalArn(text: string): NamedPrincipal | undefined {
  const [, account, kind, name] = IDENTITY.exec(text) ?? [];
  if (account !== undefined && name !== undefined)
    return { kind: kind === 'user' ? 'user' : 'role', accountId: account, name };
  const [, accountId, role, session] = SESSION.exec(text) ?? [];
  if (accountId === undefined || role === undefined || session === undefined) return undefined;
  return { kind: 'session', accountId, name: role, session };
}

/** The id of a user or a role (`AIDA…`, `AROA…`), and the session's name where the text has one (`AROA…:build-7`). */
export function parseUniqueId(text: string): { readonly id: string; readonly session?: string } | undefined {
  if (UNIQUE_ID.test(text)) return { id: text };
  const [, id, session] = SESSION_ID.exec(text) ?? [];
  return id === undefined || session === undefined ? undefined : { id, session };
}

/** The AWS principals of a document, each once. Throws StrictJsonError. */
export function awsPrincipalsOf(document: string): readonly string[] {
  return [...new Set(placedPrincipals(document).map(({ value }) => value))];
}

/** The document with some of its AWS principals written otherwise. Throws StrictJsonError. */
export function replaceAwsPrincipals(document: string, replacements: ReadonlyMap<string, string>): string {
  let text = '';
  let at = 0;
  for (const { value, from, to } of placedPrincipals(document)) {
    const replacement = replacements.get(value);
    if (replacement === undefined) continue;
    text += document.slice(at, from) + JSON.stringify(replacement);
    at = to;
  }
  return text + document.slice(at);
}

function placedPrincipals(document: string): readonly PlacedText[] {
  const found: PlacedText[] = [];
  parseStrictJson(document, (placed) => {
    const [statement, element, type, ...more] = placed.path;
    if (
      statement === 'Statement' &&
      (element === 'Principal' || element === 'NotPrincipal') &&
      type === 'AWS' &&
      more.length === 0
    )
      found.push(placed);
  });
  return found;
}
