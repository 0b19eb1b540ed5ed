// The condition operators: how one value of the request is held against one value of the policy. What the value
// of the policy cannot be is refused when the document is read; a value of the request that cannot be read does
// not match.
// Source: IAM user guide, "IAM JSON policy elements: Condition operators".
import { isInBlock, parseIpAddress, parseIpBlock } from '../../../shared/ip-address.ts';
import { arnText, compileArnPattern, matchesEverything, splitFields } from './arn-patterns.ts';
import { malformed, quoted } from './elements.ts';
import { compileTemplate, parseTemplate, type TemplateMatcher, type TemplateSyntax } from './templates.ts';

export interface ConditionOperator {
  /** The operator is the contrary of what `compile` gives. */
  readonly negated: boolean;
  /** Reads a value of the policy. Throws MalformedPolicy. */
  readonly compile: (value: string, syntax: ValueSyntax) => TemplateMatcher;
}

export interface ValueSyntax extends Omit<TemplateSyntax, 'wildcards'> {
  readonly place: string;
}

const lower = (text: string): string => text.toLowerCase();

function texts(wildcards: boolean, normal?: (text: string) => string): ConditionOperator['compile'] {
  return (value, syntax) =>
    compileTemplate(parseTemplate(value, { ...syntax, wildcards }, syntax.place), normal);
}

const arns: ConditionOperator['compile'] = (value, syntax) => {
  const parts = parseTemplate(value, { ...syntax, wildcards: true }, syntax.place);
  // A pattern that ends early is no pattern of an ARN here: nothing fills it up.
  if (!matchesEverything(parts) && splitFields(parts).length < 6) return () => false;
  const matches = compileArnPattern(parts);
  return (text, context) => {
    const arn = arnText(text);
    return arn.fields !== undefined && matches(arn, context);
  };
};

/** Operators whose values are read alike on both sides. */
function values<T>(
  read: (text: string) => T | undefined,
  what: string,
  holds: (actual: T, expected: T) => boolean,
): ConditionOperator['compile'] {
  return (value, { place }) => {
    const expected = read(value);
    if (expected === undefined) throw malformed(`${quoted(value)} is not ${what}`, place);
    return (text) => {
      const actual = read(text);
      return actual !== undefined && holds(actual, expected);
    };
  };
}

const NUMBER = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][+-]?\d{1,3})?$/;

function readNumber(text: string): number | undefined {
  return text.length <= 64 && NUMBER.test(text) ? Number(text) : undefined;
}

const EPOCH = /^\d{5,13}(?:\.\d{1,9})?$/;
/** W3C's profile of ISO 8601. */
const DATE = /^\d{4}(?:-\d{2}(?:-\d{2}(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** Epoch ms of a date, or of seconds since the epoch. A time without a zone is UTC. */
function readDate(text: string): number | undefined {
  if (text.length > 40) return undefined;
  if (EPOCH.test(text)) return Number(text) * 1000;
  const [, time, zone] = DATE.exec(text) ?? [undefined, undefined, undefined];
  if (!DATE.test(text)) return undefined;
  const iso =
    time !== undefined && zone === undefined
      ? `${text}Z`
      : text.replace(/([+-]\d{2})(\d{2})$/, time === undefined ? '$1$2' : '$1:$2');
  const parsed = Date.parse(iso);
  return Number.isNaN(parsed) ? undefined : parsed;
}

function readBoolean(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case 'true':
      return true;
    case 'false':
      return false;
    default:
      return undefined;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function readBinary(text: string): string | undefined {
  return BASE64.test(text) ? Buffer.from(text, 'base64').toString('latin1') : undefined;
}

const addresses: ConditionOperator['compile'] = (value, { place }) => {
  const block = parseIpBlock(value);
  if (block === undefined) throw malformed(`${quoted(value)} is not an IP address or a block of them`, place);
  return (text) => {
    const address = parseIpAddress(text);
    return address !== undefined && isInBlock(address, block);
  };
};

const plain = (compile: ConditionOperator['compile']): ConditionOperator => ({ negated: false, compile });
const not = (compile: ConditionOperator['compile']): ConditionOperator => ({ negated: true, compile });

const equal = <T>(actual: T, expected: T) => actual === expected;
const numbers = (holds: (actual: number, expected: number) => boolean) =>
  values(readNumber, 'a number', holds);
const dates = (holds: (actual: number, expected: number) => boolean) =>
  values(readDate, 'a date in ISO 8601 or seconds since the epoch', holds);

/** By name in lower case, without `IfExists` and without a prefix for sets. `Null` is not here: it looks at the key alone. */
export const conditionOperators: ReadonlyMap<string, ConditionOperator> = new Map([
  ['stringequals', plain(texts(false))],
  ['stringnotequals', not(texts(false))],
  ['stringequalsignorecase', plain(texts(false, lower))],
  ['stringnotequalsignorecase', not(texts(false, lower))],
  ['stringlike', plain(texts(true))],
  ['stringnotlike', not(texts(true))],
  ['arnequals', plain(arns)],
  ['arnnotequals', not(arns)],
  ['arnlike', plain(arns)],
  ['arnnotlike', not(arns)],
  ['numericequals', plain(numbers(equal))],
  ['numericnotequals', not(numbers(equal))],
  ['numericlessthan', plain(numbers((actual, expected) => actual < expected))],
  ['numericlessthanequals', plain(numbers((actual, expected) => actual <= expected))],
  ['numericgreaterthan', plain(numbers((actual, expected) => actual > expected))],
  ['numericgreaterthanequals', plain(numbers((actual, expected) => actual >= expected))],
  ['dateequals', plain(dates(equal))],
  ['datenotequals', not(dates(equal))],
  ['datelessthan', plain(dates((actual, expected) => actual < expected))],
  ['datelessthanequals', plain(dates((actual, expected) => actual <= expected))],
  ['dategreaterthan', plain(dates((actual, expected) => actual > expected))],
  ['dategreaterthanequals', plain(dates((actual, expected) => actual >= expected))],
  ['bool', plain(values(readBoolean, 'true or false', equal))],
  ['binaryequals', plain(values(readBinary, 'base64', equal))],
  ['ipaddress', plain(addresses)],
  ['notipaddress', not(addresses)],
]);
