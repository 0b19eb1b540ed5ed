// Generates mutants of a source file: small changes that each make the code wrong in one place. Types are stripped
// first, which keeps every offset, so that a mutant is a replacement in the TypeScript text itself.
import { stripTypeScriptTypes } from 'node:module';
import {
  type AnyNode,
  type AssignmentProperty,
  type BinaryExpression,
  type CallExpression,
  type LogicalExpression,
  type Property,
  parse,
} from 'acorn';
import { fullAncestor } from 'acorn-walk';

export interface Mutant {
  /** Path from the root of the checkout. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Offsets in UTF-16 units: what is replaced. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  readonly kind: string;
}

type Change = Pick<Mutant, 'start' | 'end' | 'replacement' | 'kind'>;

const comparisons: Readonly<Record<string, readonly string[]>> = {
  '<': ['<='],
  '<=': ['<'],
  '>': ['>='],
  '>=': ['>'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
};

const methods: Readonly<Record<string, string>> = {
  some: 'every',
  every: 'some',
  min: 'max',
  max: 'min',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};

/** Calls that return what they were called on, so that they can be left out. */
const passing = new Set([
  'filter',
  'sort',
  'toSorted',
  'reverse',
  'toReversed',
  'trim',
  'toLowerCase',
  'slice',
]);

/**
 * Every mutant of a file, in the order of the text; a few do not parse. Throws SyntaxError when the file itself does
 * not parse.
 */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const code = stripTypeScriptTypes(source);
  if (code.length !== source.length) throw new Error(`${file}: stripping types moved the text`);
  const tree = parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
  const changes: Change[] = [];
  fullAncestor(tree, (node, _state, ancestors) => {
    changes.push(...changesOf(node, ancestors.at(-2), source));
  });
  const lineOf = makeLineOf(source);
  return changes
    .map((change) => ({ file, line: lineOf(change.start), ...change }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text of a file with the mutant in it. */
export function mutated(source: string, { start, end, replacement }: Change): string {
  return source.slice(0, start) + replacement + source.slice(end);
}

function changesOf(node: AnyNode, parent: AnyNode | undefined, code: string): readonly Change[] {
  switch (node.type) {
    case 'IfStatement':
    case 'WhileStatement':
      return conditionChanges(node.test, node.type === 'IfStatement');
    case 'ConditionalExpression':
      return conditionChanges(node.test, true);
    case 'BinaryExpression':
      return operatorChanges(node, code);
    case 'LogicalExpression':
      return logicalChanges(node, code);
    case 'ExpressionStatement':
      return statementChanges(node, code);
    case 'ContinueStatement':
    case 'BreakStatement':
      return parent?.type === 'SwitchCase' ? [] : [{ ...span(node), replacement: ';', kind: 'jump removed' }];
    case 'ThrowStatement':
      return [{ ...span(node), replacement: ';', kind: 'throw removed' }];
    case 'ReturnStatement':
      return node.argument ? [] : [{ ...span(node), replacement: ';', kind: 'return removed' }];
    case 'Literal':
      return literalChanges(node.value, parent, span(node));
    case 'UnaryExpression':
      return node.operator === '!'
        ? [{ start: node.start, end: node.start + 1, replacement: '', kind: 'negation removed' }]
        : [];
    case 'ObjectExpression':
      return memberChanges(node.properties, code);
    case 'ArrayExpression':
      return memberChanges(
        node.elements.filter((element) => element !== null),
        code,
      );
    case 'CallExpression':
      return callChanges(node, code);
    default:
      return [];
  }
}

function span({ start, end }: AnyNode): { start: number; end: number } {
  return { start, end };
}

function conditionChanges(test: AnyNode, withTrue: boolean): readonly Change[] {
  const replaced = (replacement: string) => ({
    ...span(test),
    replacement,
    kind: `condition ${replacement}`,
  });
  return withTrue ? [replaced('false'), replaced('true')] : [replaced('false')];
}

function operatorChanges(node: BinaryExpression, code: string): readonly Change[] {
  const at = operatorAt(node, code);
  return (comparisons[node.operator] ?? []).map((replacement) => ({
    start: at,
    end: at + node.operator.length,
    replacement,
    kind: `${node.operator} to ${replacement}`,
  }));
}

function logicalChanges(node: LogicalExpression, code: string): readonly Change[] {
  const left = code.slice(node.left.start, node.left.end);
  const right = code.slice(node.right.start, node.right.end);
  return [
    { ...span(node), replacement: `(${left})`, kind: `right of ${node.operator} dropped` },
    { ...span(node), replacement: `(${right})`, kind: `left of ${node.operator} dropped` },
  ];
}

/** Between the operands stand only blanks and parentheses beside the operator. */
function operatorAt(node: BinaryExpression, code: string): number {
  return code.indexOf(node.operator, node.left.end);
}

function statementChanges(node: AnyNode & { type: 'ExpressionStatement' }, code: string): readonly Change[] {
  const { expression } = node;
  if (expression.type === 'Literal') return [];
  const removed = { ...span(node), replacement: ';', kind: 'statement removed' };
  if (expression.type !== 'AwaitExpression') return [removed];
  const awaited = code.slice(expression.argument.start, expression.argument.end);
  return [removed, { ...span(node), replacement: `void (${awaited});`, kind: 'await removed' }];
}

function literalChanges(
  value: unknown,
  parent: AnyNode | undefined,
  at: { start: number; end: number },
): readonly Change[] {
  if (typeof value === 'number') return [{ ...at, replacement: `${value + 1}`, kind: 'number plus one' }];
  if (typeof value === 'boolean') return [{ ...at, replacement: `${!value}`, kind: `${value} flipped` }];
  const isValue = parent?.type === 'Property' || parent?.type === 'ReturnStatement';
  // Texts for people are left alone: tests compare codes.
  if (typeof value === 'string' && value !== '' && isValue && !value.includes(' '))
    return [{ ...at, replacement: "'mutated'", kind: 'text changed' }];
  return [];
}

function memberChanges(members: readonly AnyNode[], code: string): readonly Change[] {
  const droppable = members.filter((member) => member.type !== 'Property' || !isMethod(member));
  return droppable.map((member) => {
    const comma = /^\s*,/.exec(code.slice(member.end));
    return {
      start: member.start,
      end: member.end + (comma?.[0].length ?? 0),
      replacement: '',
      kind: 'member dropped',
    };
  });
}

/** A method left out of an object is noticed by the first call, which says nothing of the tests. */
function isMethod({ method, value }: Property | AssignmentProperty): boolean {
  return method || value.type === 'FunctionExpression' || value.type === 'ArrowFunctionExpression';
}

function callChanges({ callee, end }: CallExpression, code: string): readonly Change[] {
  if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return [];
  const { property } = callee;
  const other = methods[property.name];
  if (other !== undefined) {
    return [{ ...span(property), replacement: other, kind: `${property.name} to ${other}` }];
  }
  if (!passing.has(property.name)) return [];
  const kept = code.slice(callee.object.start, callee.object.end);
  return [{ start: callee.object.start, end, replacement: kept, kind: `${property.name} left out` }];
}

/** Whether the changed text is still a program. */
export function parses(text: string): boolean {
  try {
    parse(stripTypeScriptTypes(text), { ecmaVersion: 'latest', sourceType: 'module' });
    return true;
  } catch {
    return false;
  }
}

function makeLineOf(source: string): (offset: number) => number {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
}
