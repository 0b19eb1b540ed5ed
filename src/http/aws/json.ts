// JSON bodies, of requests and of answers. Strict UTF-8: a name must not be read as another one than was sent. Depth
// and number of values are bounded before a body is parsed.
import { exceededBound } from '../../shared/json-bounds.ts';
import type { ServiceModel } from './model.ts';
import { MalformedInputError, writeShape } from './shapes.ts';

/** No input of the models comes near: 100 images, 10 rules, 50 tags. */
const BOUNDS = { depth: 32, values: 50_000, members: 1000 };
const BOUND_WORDS = {
  depth: 'depth',
  values: 'number of values',
  members: 'number of members in one object',
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body's JSON object; an empty body is an empty object, as AWS takes it. Throws MalformedInputError. */
export function parseJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  const exceeded = exceededBound(body, BOUNDS);
  if (exceeded !== undefined) {
    throw new MalformedInputError(
      `The request body must have a ${BOUND_WORDS[exceeded]} of ${BOUNDS[exceeded]} at most`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch (cause) {
    throw new MalformedInputError('The request body is not valid JSON in UTF-8', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedInputError('The request body must be a JSON object');
  }
  return value as Record<string, unknown>;
}

/** The body of an operation's answer; empty where the model has none. */
export function renderJsonOutput(model: ServiceModel, operation: string, output: object): string {
  const shape = model.operations[operation]?.output;
  return shape === undefined ? '' : JSON.stringify(writeShape(model, shape, output));
}
