// A request's body as JSON. Strict UTF-8: a name must not be read as another one than was sent.
import { MalformedInputError } from './shapes.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body's JSON object; an empty body is an empty object, as AWS takes it. Throws MalformedInputError. */
export function parseJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
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
