// The one walker over the wire models: JSON to checked values, values to JSON. Every operation's input goes
// through `readShape`, every output through `writeShape`; nothing else validates.
// Inside, timestamps are epoch milliseconds and blobs are bytes.
import { unreachable } from '../../shared/assert.ts';
import { ExpectedError } from '../../shared/expected-error.ts';
import type { NumberShape, ServiceModel, Shape, StringShape, StructureShape } from './model.ts';

/** The body is not of the model's types at all (AWS: SerializationException). */
export class MalformedInputError extends ExpectedError {
  override readonly name = 'MalformedInputError';
}

/** A member breaks one of its constraints. `path` is the member as AWS writes it, `rules.1.member.filter`. */
export class ConstraintError extends ExpectedError {
  override readonly name = 'ConstraintError';
  readonly path: string;

  constructor(path: string, constraint: string) {
    super(`Invalid parameter at '${path}' failed to satisfy constraint: '${constraint}'`);
    this.path = path;
  }
}

/** Length first, then the pattern: a pattern never runs on more than the model's maximum. */
export const PATTERN_INPUT_LIMIT = 4096;

/** One class of characters, repeated: it cannot backtrack, so that its input needs no bound but the model's. */
const ONE_CLASS = /^\[(?:[^\]\\]|\\.)*\][*+]$/;

const compiled = new WeakMap<StringShape, RegExp>();

/**
 * A documented pattern, for the whole string. Without the `u` flag, which would refuse characters that several of
 * them escape, unless it names classes of Unicode.
 */
export function wholePattern(source: string): RegExp {
  return new RegExp(`^(?:${source})$`, source.includes('\\p{') ? 'u' : '');
}

function patternOf(shape: StringShape): RegExp | undefined {
  const source = shape.check ?? shape.pattern;
  if (source === undefined) return undefined;
  let pattern = compiled.get(shape);
  if (pattern === undefined) {
    pattern = wholePattern(source);
    compiled.set(shape, pattern);
  }
  return pattern;
}

function malformed(path: string, wanted: string): never {
  throw new MalformedInputError(`${path === '' ? 'The request body' : `Member '${path}'`} must be ${wanted}`);
}

/** AWS counts characters, JavaScript UTF-16 units; they differ only where there are surrogates. */
function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i += 1) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count -= 1;
      i += 1;
    }
  }
  return count;
}

function checkLength(
  length: number,
  shape: { readonly min?: number; readonly max?: number },
  path: string,
): void {
  if (shape.min !== undefined && length < shape.min) {
    throw new ConstraintError(path, `Member must have length greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && length > shape.max) {
    throw new ConstraintError(path, `Member must have length less than or equal to ${shape.max}`);
  }
}

/** Checks a string against its shape. */
export function checkString(value: string, shape: StringShape, path: string): string {
  if (shape.min !== undefined || shape.max !== undefined) checkLength(characters(value), shape, path);
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    throw new ConstraintError(path, `Member must satisfy enum value set: [${shape.enum.join(', ')}]`);
  }
  const pattern = patternOf(shape);
  const tooLong = value.length > PATTERN_INPUT_LIMIT && !ONE_CLASS.test(shape.check ?? shape.pattern ?? '');
  if (pattern !== undefined && (tooLong || !pattern.test(value))) {
    throw new ConstraintError(path, `must satisfy regular expression '${shape.pattern}'`);
  }
  return value;
}

/** Checks a number against its shape. */
function checkNumber(value: number, shape: NumberShape, path: string): number {
  if (shape.type !== 'double' && !Number.isSafeInteger(value)) malformed(path, 'a whole number');
  if (shape.min !== undefined && value < shape.min) {
    throw new ConstraintError(path, `Member must have value greater than or equal to ${shape.min}`);
  }
  if (shape.max !== undefined && value > shape.max) {
    throw new ConstraintError(path, `Member must have value less than or equal to ${shape.max}`);
  }
  return value;
}

function shapeOf(model: ServiceModel, name: string): Shape {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}

function readObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) malformed(path, 'a JSON object');
  return value as Record<string, unknown>;
}

/** The members of a structure that `given` holds, checked. Unknown ones are passed over, as AWS does. */
export function readStructure(
  model: ServiceModel,
  shape: StructureShape,
  given: (member: string) => unknown,
  path: string,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const inside = path === '' ? '' : `${path}.`;
  for (const [name, member] of Object.entries(shape.members)) {
    const value = given(name);
    if (value === undefined || value === null) {
      if (shape.required?.includes(name)) throw new ConstraintError(inside + name, 'Member must not be null');
      continue;
    }
    result[name] = readShape(model, member.shape, value, inside + name);
  }
  return result;
}

/**
 * Turns a parsed JSON value into a checked value of the shape.
 * Throws MalformedInputError (wrong JSON type) or ConstraintError, for the first fault in the model's order.
 */
export function readShape(model: ServiceModel, name: string, value: unknown, path: string): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure': {
      const object = readObject(value, path);
      return readStructure(
        model,
        shape,
        (member) => (Object.hasOwn(object, member) ? object[member] : undefined),
        path,
      );
    }
    case 'list': {
      if (!Array.isArray(value)) malformed(path, 'a JSON array');
      checkLength(value.length, shape, path);
      return value.map((item: unknown, at) => {
        const itemPath = `${path}.${at + 1}.member`;
        if (item === null) throw new ConstraintError(itemPath, 'Member must not be null');
        return readShape(model, shape.member, item, itemPath);
      });
    }
    case 'map': {
      const entries = Object.entries(readObject(value, path));
      checkLength(entries.length, shape, path);
      return Object.fromEntries(
        entries.map(([key, item]) => {
          readShape(model, shape.key, key, `${path}.${key.slice(0, 128)}.key`);
          const itemPath = `${path}.${key.slice(0, 128)}.value`;
          if (item === null) throw new ConstraintError(itemPath, 'Member must not be null');
          return [key, readShape(model, shape.value, item, itemPath)];
        }),
      );
    }
    case 'string':
      if (typeof value !== 'string') malformed(path, 'a string');
      return checkString(value, shape, path);
    case 'integer':
    case 'long':
    case 'double':
      if (typeof value !== 'number') malformed(path, 'a number');
      return checkNumber(value, shape, path);
    case 'boolean':
      if (typeof value !== 'boolean') malformed(path, 'true or false');
      return value;
    case 'timestamp':
      if (typeof value !== 'number' || Math.abs(value) > 8.64e12) malformed(path, 'a time in epoch seconds');
      return Math.round(value * 1000);
    case 'blob': {
      const bytes = typeof value === 'string' ? strictBase64(value) : undefined;
      if (bytes === undefined) malformed(path, 'base64');
      checkLength(bytes.length, shape, path);
      return bytes;
    }
    default:
      return unreachable(shape);
  }
}

/**
 * undefined for what is not base64 as it is written down. Node decodes leniently: it passes over what is no character of
 * base64, which the length shows, takes those of its URL-safe form, and does not look at the last bits. (A pattern over
 * the 27 MiB of a layer part would overflow the stack, and encoding them again takes twice as long as decoding.)
 */
function strictBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return undefined;
  if (text.includes('-') || text.includes('_')) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (bytes.length !== (text.length / 4) * 3 - padding) return undefined;
  const last = bytes.length - (bytes.length % 3 || 3);
  return bytes.toString('base64', Math.max(last, 0)) === text.slice(-4) ? bytes : undefined;
}

/** Turns a value of the shape into what JSON.stringify writes; members that the model lacks are left out. */
export function writeShape(model: ServiceModel, name: string, value: unknown): unknown {
  const shape = shapeOf(model, name);
  switch (shape.type) {
    case 'structure': {
      const object = value as Readonly<Record<string, unknown>>;
      const result: Record<string, unknown> = {};
      for (const [member, { shape: of }] of Object.entries(shape.members)) {
        const item = object[member];
        if (item !== undefined && item !== null) result[member] = writeShape(model, of, item);
      }
      return result;
    }
    case 'list':
      return (value as readonly unknown[]).map((item) => writeShape(model, shape.member, item));
    case 'map':
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, writeShape(model, shape.value, item)]),
      );
    case 'timestamp':
      return (value as number) / 1000;
    case 'blob': {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    case 'string':
    case 'integer':
    case 'long':
    case 'double':
    case 'boolean':
      return value;
    default:
      return unreachable(shape);
  }
}
