// Reading a document's elements: the shapes that its grammar repeats, and the refusal in IAM's words where it has
// some, then the place.
import type { JsonObject, JsonValue } from '../../../shared/strict-json.ts';
import { DomainError } from '../../errors.ts';

export function malformed(problem: string, place?: string): DomainError<'MalformedPolicy'> {
  return new DomainError('MalformedPolicy', place === undefined ? problem : `${problem} (${place})`, {});
}

/** What a client wrote, in a message: short, on one line. */
export function quoted(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** A list, or the one thing that stands for a list of one. */
export function listOf(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [value];
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `what` names the element in the refusal. */
export function objectOf(value: JsonValue, what: string, place?: string): JsonObject {
  if (!isObject(value)) throw malformed(`Syntax errors in policy: ${what} must be an object`, place);
  return value;
}
