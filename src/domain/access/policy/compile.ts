// From a policy document's text to something that can be asked. Refuses what IAM refuses, in its words where it has
// some; what it lets through is evaluated exactly as written. Nothing that a document says becomes a regular
// expression.
// Source: IAM user guide, "Grammar of the IAM JSON policy language".
import {
  type JsonObject,
  type JsonValue,
  parseStrictJson,
  StrictJsonError,
} from '../../../shared/strict-json.ts';
import { compilePattern, patternParts, type WildcardMatcher } from '../../../shared/wildcard.ts';
import { compileArnPattern } from './arn-patterns.ts';
import { compileCondition } from './conditions.ts';
import { listOf, malformed, objectOf, quoted } from './elements.ts';
import { compilePrincipal } from './principals.ts';
import { parseTemplate, type TemplateSyntax } from './templates.ts';
import type { CompiledPolicy, CompiledStatement, PolicyKind } from './types.ts';

/** What a kind of document must have and must not have. */
interface Grammar {
  readonly principal: boolean;
  readonly resource: boolean;
  /** Service whose actions alone may be named. */
  readonly vendor?: string;
}

const grammars: Readonly<Record<PolicyKind, Grammar>> = {
  identity: { principal: false, resource: true },
  session: { principal: false, resource: true },
  boundary: { principal: false, resource: true },
  trust: { principal: true, resource: false, vendor: 'sts' },
  repository: { principal: true, resource: false, vendor: 'ecr' },
  registry: { principal: true, resource: true, vendor: 'ecr' },
  'signing-profile': { principal: true, resource: true, vendor: 'signer' },
};

/** No document that a service takes is longer (characters); each kind has a smaller limit of its own. */
const MAX_TEXT = 20_480;
const MAX_STATEMENTS = 200;
const MAX_ENTRIES = 500;

const DOCUMENT_MEMBERS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_MEMBERS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const SID = /^[0-9A-Za-z]*$/;
/** Resource policies of services let more through. */
const WIDE_SID = /^[0-9A-Za-z_ .-]*$/;
const ACTION = /^(\*|[A-Za-z0-9-]+):[A-Za-z0-9*?]+$/;
const RESOURCE = /^arn:(?:aws|aws-[a-z-]+|\*)(?::|$)/;

/**
 * Parses and checks a document. Throws DomainError `MalformedPolicy`, whose message says what is wrong and where.
 * The limit of size of its kind is the caller's to hold.
 */
export function compilePolicy(text: string, kind: PolicyKind): CompiledPolicy {
  if (text.length > MAX_TEXT) throw malformed(`The policy has more than ${MAX_TEXT} characters`);
  const document = parseDocument(text);
  const version = readVersion(document['Version']);
  const id = document['Id'];
  if (id !== undefined && typeof id !== 'string') throw malformed('Id must be a text');
  const given = document['Statement'];
  const list = given === undefined ? [] : listOf(given);
  if (list.length === 0) throw malformed('Missing required field Statement');
  if (list.length > MAX_STATEMENTS) throw malformed(`More than ${MAX_STATEMENTS} statements`);
  const keys = new Set<string>();
  const sids = new Set<string>();
  const statements = list.map((statement, index) => {
    const reader: StatementReader = {
      kind,
      grammar: grammars[kind],
      place: `statement ${index + 1}`,
      sids,
      syntax: { variables: version === '2012-10-17', wildcards: true, seen: (key) => keys.add(key) },
    };
    return compileStatement(statement, reader);
  });
  const contextKeys = [...keys];
  const asksForResourceTags = contextKeys.some((key) => /^[a-z]+:resourcetag\//i.test(key));
  return { kind, version, statements, contextKeys, asksForResourceTags };
}

function parseDocument(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw malformed(`Syntax errors in policy: ${cause.message}`);
    throw cause;
  }
  const document = objectOf(value, 'The policy');
  for (const name of Object.keys(document))
    if (!DOCUMENT_MEMBERS.has(name))
      throw malformed(`Syntax errors in policy: unknown element ${quoted(name)}`);
  return document;
}

/** Without one the document is of the old version, as IAM has it. */
function readVersion(version: JsonValue | undefined): CompiledPolicy['version'] {
  if (version === undefined) return '2008-10-17';
  if (version === '2008-10-17' || version === '2012-10-17') return version;
  throw malformed('The policy must contain a valid version string: 2012-10-17 or 2008-10-17');
}

interface StatementReader {
  readonly kind: PolicyKind;
  readonly grammar: Grammar;
  readonly place: string;
  /** Those seen so far. */
  readonly sids: Set<string>;
  readonly syntax: TemplateSyntax;
}

function compileStatement(value: JsonValue, reader: StatementReader): CompiledStatement {
  const { place } = reader;
  const statement = objectOf(value, 'a statement', place);
  for (const name of Object.keys(statement))
    if (!STATEMENT_MEMBERS.has(name))
      throw malformed(`Syntax errors in policy: unknown element ${quoted(name)}`, place);
  const sid = readSid(statement['Sid'], reader);
  const effect = statement['Effect'];
  if (effect === undefined) throw malformed('Missing required field Effect', place);
  if (effect !== 'Allow' && effect !== 'Deny')
    throw malformed(`Invalid effect: ${quoted(effect)}; it must be Allow or Deny`, place);
  return {
    id: sid === '' ? place : sid,
    effect,
    ...compileWhom(statement, effect, reader),
    matchesAction: compileActions(statement, reader),
    ...compileWhat(statement, reader),
    holds: compileCondition(statement['Condition'], { ...reader.syntax, place }),
  };
}

function readSid(sid: JsonValue | undefined, { place, sids, grammar }: StatementReader): string {
  if (sid === undefined) return '';
  const allowed = grammar.principal ? WIDE_SID : SID;
  if (typeof sid !== 'string' || sid.length > 256 || !allowed.test(sid))
    throw malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      place,
    );
  if (sid !== '' && sids.has(sid))
    throw malformed('Statement IDs (SID) in a single policy must be unique.', place);
  sids.add(sid);
  return sid;
}

/** The element or its contrary; both are a fault. */
function either(
  statement: JsonObject,
  name: string,
  contrary: string,
  place: string,
): { readonly value: JsonValue; readonly not: boolean } | undefined {
  const plain = statement[name];
  const negated = statement[contrary];
  if (plain !== undefined && negated !== undefined)
    throw malformed(`Syntax errors in policy: ${name} and ${contrary} exclude each other`, place);
  if (plain !== undefined) return { value: plain, not: false };
  return negated === undefined ? undefined : { value: negated, not: true };
}

function textsOf(value: JsonValue, name: string, place: string): readonly string[] {
  const list = listOf(value);
  if (list.length > MAX_ENTRIES) throw malformed(`More than ${MAX_ENTRIES} entries in ${name}`, place);
  return list.map((text) => {
    if (typeof text !== 'string' || text === '')
      throw malformed(`Syntax errors in policy: ${name} takes texts`, place);
    return text;
  });
}

function compileWhom(
  statement: JsonObject,
  effect: 'Allow' | 'Deny',
  { grammar, place }: StatementReader,
): Pick<CompiledStatement, 'matchesPrincipal'> {
  const element = either(statement, 'Principal', 'NotPrincipal', place);
  if (!grammar.principal) {
    if (element !== undefined) throw malformed('Policy document should not specify a principal.', place);
    return {};
  }
  if (element === undefined) throw malformed('Missing required field Principal', place);
  const { matches, listsWholly } = compilePrincipal(element.value, place);
  if (!element.not) return { matchesPrincipal: matches };
  // Everyone but a few would be allowed, callers that nobody has thought of yet too.
  if (effect === 'Allow') throw malformed('NotPrincipal can only be used with the effect Deny', place);
  // Whoever has a permissions boundary is not spared, listed or not ("NotPrincipal", best practices).
  return { matchesPrincipal: (facts, bounded) => (!bounded && listsWholly(facts) ? 'none' : 'everyone') };
}

function compileActions(
  statement: JsonObject,
  { grammar, place }: StatementReader,
): CompiledStatement['matchesAction'] {
  const element = either(statement, 'Action', 'NotAction', place);
  const texts = element === undefined ? [] : textsOf(element.value, 'Action', place);
  if (texts.length === 0) throw malformed('Policy statement must contain actions.', place);
  const matchers = texts.map((text) => {
    checkAction(text, grammar, place);
    return compilePattern(patternParts(text.toLowerCase()));
  });
  return element?.not === true
    ? (action) => !anyMatches(matchers, action)
    : (action) => anyMatches(matchers, action);
}

function anyMatches(matchers: readonly WildcardMatcher[], text: string): boolean {
  for (const matches of matchers) if (matches(text)) return true;
  return false;
}

function checkAction(text: string, { vendor }: Grammar, place: string): void {
  const [, named] = ACTION.exec(text) ?? [];
  if (vendor === 'sts' && named?.toLowerCase() !== vendor)
    throw malformed('AssumeRole policy may only specify STS AssumeRole actions.', place);
  if (text === '*') return;
  if (!text.includes(':'))
    throw malformed(
      `Actions/Conditions must be prefaced by a vendor, e.g., ecr, signer, iam: ${quoted(text)}`,
      place,
    );
  if (named === undefined || text.length > 256) throw malformed(`Invalid action ${quoted(text)}`, place);
  if (vendor !== undefined && named.toLowerCase() !== vendor)
    throw malformed(`Vendor ${quoted(named)} is not valid: only actions of ${vendor} are`, place);
}

function compileWhat(
  statement: JsonObject,
  { grammar, place, syntax }: StatementReader,
): Pick<CompiledStatement, 'matchesResource'> {
  const element = either(statement, 'Resource', 'NotResource', place);
  if (!grammar.resource) {
    if (element !== undefined) throw malformed('Has prohibited field Resource', place);
    return {};
  }
  const texts = element === undefined ? [] : textsOf(element.value, 'Resource', place);
  if (texts.length === 0) throw malformed('Policy statement must contain resources.', place);
  const matchers = texts.map((text) => {
    if (text !== '*' && !RESOURCE.test(text))
      throw malformed(`Resource ${quoted(text)} must be in ARN format or "*".`, place);
    return compileArnPattern(parseTemplate(text, syntax, place));
  });
  if (element?.not !== true)
    return {
      matchesResource: (resource, context) => matchers.some((matches) => matches(resource, context)),
    };
  // A variable without a value makes the statement void ("Variables and tags", note): what it excludes is unknown.
  return {
    matchesResource: (resource, context) => matchers.every((matches) => matches(resource, context) === false),
  };
}
