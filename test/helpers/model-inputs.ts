// Inputs out of the wire models: a full valid one for each operation, and every single fault that the model
// lets one name. Knows nothing of the server but the shapes.
import type { OperationModel, ServiceModel, Shape } from '../../src/http/aws/model.ts';
import { checkString } from '../../src/http/aws/shapes.ts';

export type Json = Record<string, unknown>;

/** One thing that is wrong with an otherwise valid input. */
export interface Fault {
  readonly title: string;
  /** Where: keys and indexes into the input. */
  readonly at: readonly (string | number)[];
  /** What to put there; undefined: nothing. */
  readonly bad: unknown;
  /** The member as AWS spells its path. */
  readonly path: string;
  readonly kind: 'constraint' | 'malformed';
}

/** Strings of which one fits each pattern of the models. */
const WORDS = [
  'value',
  '123456789012',
  'us-east-1',
  `sha256:${'0'.repeat(64)}`,
  '12345678-1234-1234-1234-123456789012',
  'abcdefghij',
  'arn:aws:signer:us-east-1:123456789012:/signing-profiles/release',
  'arn:aws:iam::123456789012:role/puller',
  'arn:aws:kms:us-east-1:123456789012:key/1234',
  'arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/name',
  'long '.repeat(40),
  'a'.repeat(40),
  'AKIAEXAMPLEEXAMPLE00',
  '123456',
  '/',
  'v1',
];
const NONSENSE = ['!', ' ', '\u0000'];

export function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}

function fits(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** A valid JSON value of the shape, with every member. */
export function validValue(model: ServiceModel, name: string): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure':
      return Object.fromEntries(
        Object.entries(shape.members).map(([member, { shape: of }]) => [member, validValue(model, of)]),
      );
    case 'list':
      return Array.from({ length: Math.max(1, shape.min ?? 1) }, () => validValue(model, shape.member));
    case 'map':
      return { [String(validValue(model, shape.key))]: validValue(model, shape.value) };
    case 'string': {
      const words = [...(shape.enum ?? []), ...WORDS];
      const word = words.find((text) => fits(() => checkString(text, shape, name)));
      if (word === undefined) throw new Error(`no word fits ${name}: ${JSON.stringify(shape)}`);
      return word;
    }
    case 'integer':
    case 'long':
    case 'double':
      return shape.min ?? 1;
    case 'boolean':
      return true;
    case 'timestamp':
      return 1_767_323_045;
    case 'blob':
      return 'AAAA';
  }
}

const WRONG_TYPES: Readonly<Record<Shape['type'], readonly unknown[]>> = {
  structure: ['text', [], 7, true],
  list: ['text', {}, 7],
  map: ['text', [], 7],
  string: [7, true, {}, ['text']],
  integer: ['7', true, {}, 1.5],
  long: ['7', true, {}, 1.5],
  double: ['7', true, {}],
  boolean: ['true', 1, {}],
  timestamp: ['2026', true, {}],
  blob: [7, {}, 'AAA', 'AA-_'],
};

type Place = Pick<Fault, 'at' | 'path'>;

function* boundsFaults(
  shape: { readonly min?: number; readonly max?: number },
  place: Place,
  ofLength: (length: number) => unknown,
): Generator<Fault> {
  const fault = (title: string, bad: unknown): Fault => ({ ...place, title, bad, kind: 'constraint' });
  if (shape.min !== undefined && shape.min > 0) yield fault(`below ${shape.min}`, ofLength(shape.min - 1));
  if (shape.max !== undefined) yield fault(`above ${shape.max}`, ofLength(shape.max + 1));
}

function* valueFaults(model: ServiceModel, name: string, place: Place): Generator<Fault> {
  const shape = shapeOf(model, name);
  for (const bad of WRONG_TYPES[shape.type]) {
    yield { ...place, title: `is ${JSON.stringify(bad)}`, bad, kind: 'malformed' };
  }
  switch (shape.type) {
    case 'structure':
      yield* structureFaults(model, name, place);
      return;
    case 'list':
      yield* boundsFaults(shape, place, (length) =>
        Array.from({ length }, () => validValue(model, shape.member)),
      );
      yield* valueFaults(model, shape.member, { at: [...place.at, 0], path: `${place.path}.1.member` });
      return;
    case 'map': {
      const key = String(validValue(model, shape.key));
      yield* boundsFaults(shape, place, (length) =>
        Object.fromEntries(Array.from({ length }, (_, at) => [`k${at}`, validValue(model, shape.value)])),
      );
      yield* valueFaults(model, shape.value, { at: [...place.at, key], path: `${place.path}.${key}.value` });
      return;
    }
    case 'string': {
      yield* boundsFaults(shape, place, (length) => 'a'.repeat(length));
      const nonsense = NONSENSE.map((text) => text.repeat(Math.max(1, shape.min ?? 1))).find(
        (text) => !fits(() => checkString(text, shape, name)),
      );
      if (nonsense !== undefined) {
        yield { ...place, title: 'is no such value', bad: nonsense, kind: 'constraint' };
      }
      return;
    }
    case 'blob':
      yield* boundsFaults(shape, place, (length) => Buffer.alloc(length).toString('base64'));
      return;
    case 'integer':
    case 'long':
    case 'double':
      if (shape.min !== undefined) {
        yield { ...place, title: `below ${shape.min}`, bad: shape.min - 1, kind: 'constraint' };
      }
      if (shape.max !== undefined) {
        yield { ...place, title: `above ${shape.max}`, bad: shape.max + 1, kind: 'constraint' };
      }
      return;
    case 'boolean':
    case 'timestamp':
  }
}

function* structureFaults(model: ServiceModel, name: string, place: Place): Generator<Fault> {
  const shape = shapeOf(model, name);
  if (shape.type !== 'structure') throw new Error(`${name} is no structure`);
  for (const [member, { shape: of }] of Object.entries(shape.members)) {
    const inside = {
      at: [...place.at, member],
      path: place.path === '' ? member : `${place.path}.${member}`,
    };
    if (shape.required?.includes(member)) {
      yield { ...inside, title: 'is missing', bad: undefined, kind: 'constraint' };
      yield { ...inside, title: 'is null', bad: null, kind: 'constraint' };
    }
    yield* valueFaults(model, of, inside);
  }
}

/** A valid input of the operation, with every member. */
export function validInput(model: ServiceModel, operation: OperationModel): Json {
  return validValue(model, operation.input) as Json;
}

/** Every fault that an input of the operation can have, one at a time. */
export function inputFaults(model: ServiceModel, operation: OperationModel): readonly Fault[] {
  return [...structureFaults(model, operation.input, { at: [], path: '' })];
}

/** The input with the fault in it. */
export function withFault(input: Json, { at, bad }: Pick<Fault, 'at' | 'bad'>): Json {
  const copy = structuredClone(input);
  let target: Record<string | number, unknown> = copy;
  for (const key of at.slice(0, -1)) target = target[key] as Record<string | number, unknown>;
  const last = at.at(-1) ?? '';
  if (bad === undefined) delete target[last];
  else target[last] = bad;
  return copy;
}

/** A value as a path or a query can hold it. */
function textOf(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
}

/** How an input travels to a REST operation; members of the path and the query leave the body. */
export function restRequest(
  model: ServiceModel,
  operation: OperationModel,
  input: Json,
): { readonly method: string; readonly target: string; readonly body: string } {
  const shape = shapeOf(model, operation.input);
  if (shape.type !== 'structure') throw new Error(`${operation.input} is no structure`);
  let path = operation.uri;
  const query: string[] = [];
  const body: Json = {};
  for (const [name, value] of Object.entries(input)) {
    const member = shape.members[name];
    const wireName = encodeURIComponent(member?.locationName ?? name);
    if (member?.location === 'uri') {
      path = path.replace(`{${wireName}}`, encodeURIComponent(textOf(value)));
    } else if (member?.location === 'querystring') {
      for (const one of [value].flat()) query.push(`${wireName}=${encodeURIComponent(textOf(one))}`);
    } else {
      body[name] = value;
    }
  }
  return {
    method: operation.method,
    target: query.length === 0 ? path : `${path}?${query.join('&')}`,
    body: Object.keys(body).length === 0 ? '' : JSON.stringify(body),
  };
}

/**
 * How an input travels as a form. Values are written as text, so that a wrong JSON type is a wrong text. Names repeat
 * their path: where they have `mostCharacters` together, the rest is left out.
 */
export function formBody(action: string, version: string, input: Json, mostCharacters = Infinity): string {
  const parameters: [string, string][] = [
    ['Action', action],
    ['Version', version],
  ];
  let characters = 0;
  const add = (name: string, value: unknown): void => {
    characters += name.length;
    if (characters > mostCharacters) return;
    if (Array.isArray(value)) {
      if (value.length === 0) parameters.push([name, '']);
      for (const [at, item] of value.entries()) add(`${name}.member.${at + 1}`, item);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) add(name === '' ? key : `${name}.${key}`, item);
    } else if (value !== undefined) parameters.push([name, `${value as string | number | boolean | null}`]);
  };
  add('', input);
  return new URLSearchParams(parameters).toString();
}
