// Values of a policy that stand for many texts: wildcards, and variables such as `${aws:username}` that take their
// value from the request. What a variable puts in is literal: a `*` in a tag is a star, never a wildcard.
import {
  compilePattern,
  type PatternPart,
  patternParts,
  type WildcardMatcher,
} from '../../../shared/wildcard.ts';
import { malformed, quoted } from './elements.ts';
import type { ContextLookup } from './types.ts';

export type TemplatePart =
  | PatternPart
  | {
      /** Condition key in lower case. */
      readonly variable: string;
      /** Used when the request does not have the key. */
      readonly fallback?: string;
    };

/** Whether a text matches, for this request; undefined when the request lacks the value of a variable. */
export type TemplateMatcher = (text: string, context: ContextLookup) => boolean | undefined;

/** How a document's values are read. */
export interface TemplateSyntax {
  /** Version 2012-10-17 has variables; in the older one `${` is text. */
  readonly variables: boolean;
  readonly wildcards: boolean;
  /** Told of each variable's key, as written. */
  readonly seen: (key: string) => void;
}

const MAX_LENGTH = 2048;
const VARIABLE = /^([A-Za-z0-9][A-Za-z0-9._/-]{0,254}:[^,'"${}*?]{1,256}?)\s*(?:,\s*'([^'{}]*)')?$/;

/** Takes a value apart. Throws MalformedPolicy for a variable that is none. */
export function parseTemplate(text: string, syntax: TemplateSyntax, place: string): readonly TemplatePart[] {
  if (text.length > MAX_LENGTH) throw malformed(`A value has more than ${MAX_LENGTH} characters`, place);
  const plain = (literal: string): readonly TemplatePart[] =>
    syntax.wildcards ? patternParts(literal) : [literal];
  if (!syntax.variables) return plain(text);
  const parts: TemplatePart[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf('${', at);
    if (start === -1) return [...parts, ...plain(text.slice(at))];
    const end = text.indexOf('}', start);
    const inside = end === -1 ? text.slice(start + 2) : text.slice(start + 2, end);
    parts.push(...plain(text.slice(at, start)));
    if (inside === '*' || inside === '?' || inside === '$') parts.push(inside);
    else {
      const [, key, fallback] = (end === -1 ? null : VARIABLE.exec(inside)) ?? [];
      if (key === undefined) throw malformed(`Invalid policy variable ${quoted(`\${${inside}`)}`, place);
      syntax.seen(key);
      parts.push({ variable: key.toLowerCase(), ...(fallback === undefined ? {} : { fallback }) });
    }
    at = end + 1;
  }
}

function isVariable(part: TemplatePart): part is Exclude<TemplatePart, PatternPart> {
  return typeof part !== 'string' && 'variable' in part;
}

/** Variables replaced by their values; undefined when the request lacks one. */
export function resolve(
  parts: readonly TemplatePart[],
  context: ContextLookup,
): readonly PatternPart[] | undefined {
  const resolved: PatternPart[] = [];
  for (const part of parts) {
    if (!isVariable(part)) {
      resolved.push(part);
      continue;
    }
    const value = context(part.variable) ?? part.fallback;
    // A key of several values has no text to stand for it.
    if (typeof value !== 'string') return undefined;
    resolved.push(value);
  }
  return resolved;
}

export function hasVariables(parts: readonly TemplatePart[]): boolean {
  return parts.some(isVariable);
}

/** Compiles once what does not depend on the request. `normal` is applied to both sides. */
export function compileTemplate(
  parts: readonly TemplatePart[],
  normal: (text: string) => string = (text) => text,
): TemplateMatcher {
  const matcher = (resolved: readonly PatternPart[]): WildcardMatcher =>
    compilePattern(resolved.map((part) => (typeof part === 'string' ? normal(part) : part)));
  if (!hasVariables(parts)) {
    const matches = matcher(parts as readonly PatternPart[]);
    return (text) => matches(normal(text));
  }
  return (text, context) => {
    const resolved = resolve(parts, context);
    return resolved && matcher(resolved)(normal(text));
  };
}
