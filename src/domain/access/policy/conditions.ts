// The Condition element: all its operators must hold, each for all its keys, each with one of its values.
// Source: IAM user guide, "Condition", "Single-valued vs. multivalued context keys".
import type { JsonValue } from '../../../shared/strict-json.ts';
import { type ConditionOperator, conditionOperators, type ValueSyntax } from './condition-operators.ts';
import { listOf, malformed, objectOf, quoted } from './elements.ts';
import type { TemplateMatcher } from './templates.ts';
import type { ContextLookup } from './types.ts';

export type ConditionTest = (context: ContextLookup) => boolean;

const OPERATOR = /^(?:(forallvalues|foranyvalue):)?([a-z]{1,40}?)(ifexists)?$/;
/** The vendor is a service, `aws`, or the host and path of an identity provider. */
const KEY = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,254}:[^\s*?$](?:[^*?$]{0,254}[^\s*?$])?$/;
const MAX_VALUES = 500;

/** Reads the element. Throws MalformedPolicy. */
export function compileCondition(condition: JsonValue | undefined, syntax: ValueSyntax): ConditionTest {
  if (condition === undefined) return () => true;
  const tests: ConditionTest[] = [];
  for (const [operator, block] of Object.entries(objectOf(condition, 'Condition', syntax.place))) {
    const place = `${syntax.place}, ${quoted(operator)}`;
    for (const [key, given] of Object.entries(objectOf(block, quoted(operator), syntax.place))) {
      if (!KEY.test(key)) throw malformed(`${quoted(key)} is not a condition key`, place);
      syntax.seen(key);
      const texts = readValues(given, `${place}, ${quoted(key)}`);
      tests.push(compileTest(operator, key.toLowerCase(), texts, { ...syntax, place }));
    }
  }
  return (context) => tests.every((holds) => holds(context));
}

function readValues(given: JsonValue, place: string): readonly string[] {
  const values = listOf(given);
  if (values.length === 0) throw malformed('A condition must have a value', place);
  if (values.length > MAX_VALUES) throw malformed(`More than ${MAX_VALUES} values`, place);
  return values.map((value) => {
    if (typeof value === 'object') throw malformed('A condition takes texts, numbers and booleans', place);
    return String(value);
  });
}

type Quantifier = 'one' | 'forallvalues' | 'foranyvalue';

function compileTest(
  written: string,
  key: string,
  texts: readonly string[],
  syntax: ValueSyntax,
): ConditionTest {
  const [, set, name = '', ifExists] = OPERATOR.exec(written.toLowerCase()) ?? [];
  if (name === 'null' && set === undefined && ifExists === undefined) return nullTest(key, texts, syntax);
  const operator = conditionOperators.get(name);
  if (operator === undefined) throw malformed(`Invalid condition operator ${quoted(written)}`, syntax.place);
  const quantifier: Quantifier = set === 'forallvalues' || set === 'foranyvalue' ? set : 'one';
  return valueTest({
    key,
    operator,
    quantifier,
    ifExists: ifExists !== undefined,
    expected: texts.map((text) => operator.compile(text, syntax)),
  });
}

/** `Null`: whether the request lacks the key. */
function nullTest(key: string, texts: readonly string[], { place }: ValueSyntax): ConditionTest {
  const wanted = new Set(texts.map((text) => text.toLowerCase()));
  for (const text of wanted)
    if (text !== 'true' && text !== 'false')
      throw malformed(`Null takes true or false, not ${quoted(text)}`, place);
  return (context) => wanted.has(String(valuesOf(context, key).length === 0));
}

function valuesOf(context: ContextLookup, key: string): readonly string[] {
  const value = context(key);
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

function valueTest(test: {
  readonly key: string;
  readonly operator: ConditionOperator;
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
  readonly expected: readonly TemplateMatcher[];
}): ConditionTest {
  const { key, quantifier, expected } = test;
  const { negated } = test.operator;
  return (context) => {
    const actual = valuesOf(context, key);
    // A set without values has no value that matches, and none that does not. For one value, a contrary holds.
    if (actual.length === 0) {
      if (quantifier === 'one') return test.ifExists || negated;
      return quantifier === 'forallvalues';
    }
    // A variable without a value says nothing, so its contrary does not either.
    const holds = negated
      ? (text: string) => expected.every((matches) => matches(text, context) === false)
      : (text: string) => expected.some((matches) => matches(text, context));
    if (quantifier === 'foranyvalue') return actual.some(holds);
    if (quantifier === 'forallvalues') return actual.every(holds);
    // Several values under an operator for one: a contrary must hold for all of them, anything else for one.
    return negated ? actual.every(holds) : actual.some(holds);
  };
}
