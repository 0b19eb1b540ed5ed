// The Principal element: whom a statement of a resource's policy is about. Users and roles count by their unique ids
// alone (../principal-binding.ts puts them in the place of ARNs when a policy is put); the ARN of one that was never
// bound is nobody. IAM knows no wildcards in principals but the whole `*`.
import { unreachable } from '../../../shared/assert.ts';
import { parseUniqueId } from '../../../shared/policy-principals.ts';
import type { JsonValue } from '../../../shared/strict-json.ts';
import { isObject, listOf, malformed, quoted } from './elements.ts';
import type { PrincipalFacts, PrincipalMatch } from './types.ts';

const ACCOUNT = /^\d{12}$/;
const ROOT = /^arn:aws[a-z-]*:iam::(\d{12}):root$/;
const NAMED =
  /^arn:aws[a-z-]*:(?:iam::\d{12}:(?:user|role)\/[\w+=,.@/-]{1,577}|sts::\d{12}:(?:assumed-role|federated-user)\/[\w+=,.@/-]{1,577})$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/;
const PROVIDER =
  /^(?:arn:aws[a-z-]*:iam::\d{12}:(?:oidc|saml)-provider\/[\w+=,.@:/-]{1,512}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/;
const MAX_PRINCIPALS = 500;

interface Named {
  everyone: boolean;
  readonly accounts: Set<string>;
  /** Of users, roles and sessions (`AROA…:build-7`). */
  readonly ids: Set<string>;
  /** Of services and identity providers. */
  readonly names: Set<string>;
}

export interface PrincipalElement {
  /** How the element names a caller. */
  readonly matches: (facts: PrincipalFacts) => PrincipalMatch;
  /** Whether the caller is listed in each of its shapes: itself, its role, its account. As NotPrincipal asks. */
  readonly listsWholly: (facts: PrincipalFacts) => boolean;
}

/** Reads the element. Throws MalformedPolicy. */
export function compilePrincipal(value: JsonValue | undefined, place: string): PrincipalElement {
  const named = readPrincipal(value, place);
  return {
    matches: (facts) => match(named, facts),
    listsWholly: (facts) => listsWholly(named, facts),
  };
}

function readPrincipal(value: JsonValue | undefined, place: string): Named {
  const named: Named = { everyone: false, accounts: new Set(), ids: new Set(), names: new Set() };
  if (value === '*') return { ...named, everyone: true };
  if (value === undefined || !isObject(value))
    throw malformed(`Invalid principal in policy: ${quoted(value ?? null)}`, place);
  const entries = Object.entries(value);
  if (entries.length === 0) throw malformed('Missing required field Principal', place);
  for (const [type, given] of entries) {
    const texts = listOf(given);
    if (texts.length === 0) throw malformed(`Invalid principal in policy: "${type}" is empty`, place);
    if (texts.length > MAX_PRINCIPALS)
      throw malformed(`More than ${MAX_PRINCIPALS} principals in a statement`, place);
    for (const text of texts) addPrincipal(named, type, text, place);
  }
  return named;
}

function addPrincipal(named: Named, type: string, text: JsonValue, place: string): void {
  const invalid = () => malformed(`Invalid principal in policy: ${quoted(type)}:${quoted(text)}`, place);
  if (typeof text !== 'string' || text.length > 1024) throw invalid();
  switch (type) {
    case 'AWS': {
      const account = ACCOUNT.test(text) ? text : ROOT.exec(text)?.[1];
      if (text === '*') named.everyone = true;
      else if (account !== undefined) named.accounts.add(account);
      else if (parseUniqueId(text) !== undefined) named.ids.add(text);
      else if (!NAMED.test(text)) throw invalid();
      return;
    }
    case 'Service':
      if (!SERVICE.test(text)) throw invalid();
      named.names.add(text);
      return;
    case 'Federated':
      if (!PROVIDER.test(text)) throw invalid();
      named.names.add(text);
      return;
    default:
      throw invalid();
  }
}

function match(named: Named, facts: PrincipalFacts): PrincipalMatch {
  const wide = named.everyone ? 'everyone' : 'none';
  switch (facts.kind) {
    case 'anonymous':
      return wide;
    case 'service':
    case 'federated':
      // `*` is meant for callers with an account; these are named or not at all.
      return named.names.has(facts.arn) ? 'identity' : 'none';
    case 'root':
      return named.accounts.has(facts.accountId) ? 'account' : wide;
    case 'user':
      if (named.ids.has(facts.userId)) return 'identity';
      break;
    case 'assumed-role':
      if (named.ids.has(facts.userId)) return 'identity';
      if (named.ids.has(roleId(facts.userId))) return 'role';
      break;
    default:
      return unreachable(facts);
  }
  if (named.everyone) return 'everyone';
  return named.accounts.has(facts.accountId) ? 'account' : 'none';
}

/** `AROA…` of a session's `AROA…:name`. */
function roleId(userId: string): string {
  return userId.slice(0, Math.max(userId.indexOf(':'), 0));
}

function listsWholly(named: Named, facts: PrincipalFacts): boolean {
  if (named.everyone) return true;
  switch (facts.kind) {
    case 'anonymous':
      return false;
    case 'service':
    case 'federated':
      return named.names.has(facts.arn);
    case 'root':
      return named.accounts.has(facts.accountId);
    case 'user':
      return named.accounts.has(facts.accountId) && named.ids.has(facts.userId);
    case 'assumed-role':
      return (
        named.accounts.has(facts.accountId) &&
        named.ids.has(facts.userId) &&
        named.ids.has(roleId(facts.userId))
      );
    default:
      return unreachable(facts);
  }
}
