// Patterns of ARNs: compared field by field, so that a wildcard never reaches over a colon into the next field. Only
// the last field, the resource, may hold colons of its own.
import { compileTemplate, type TemplateMatcher, type TemplatePart } from './templates.ts';
import type { ArnText, ContextLookup } from './types.ts';

const FIELDS = 6;

export function arnText(text: string): ArnText {
  if (!text.startsWith('arn:')) return { text, fields: undefined };
  const fields = text.split(':');
  if (fields.length < FIELDS) return { text, fields: undefined };
  if (fields.length > FIELDS) fields.splice(FIELDS - 1, fields.length, fields.slice(FIELDS - 1).join(':'));
  return { text, fields };
}

/** undefined when all that is known matches, but the request lacks the value of a variable. */
export type ArnMatcher = (arn: ArnText, context: ContextLookup) => boolean | undefined;

/** Whether the parts are stars alone. */
export function matchesEverything(parts: readonly TemplatePart[]): boolean {
  return parts.length > 0 && parts.every((part) => isRun(part));
}

function isRun(part: TemplatePart | undefined): boolean {
  return typeof part === 'object' && 'any' in part && part.any === 'run';
}

/**
 * Compiles a pattern of an ARN. One that ends early is filled up: `arn:aws:ecr` is `arn:aws:ecr:*:*:*` (IAM user
 * guide, JSON policy elements: Resource, "incomplete ARN").
 */
export function compileArnPattern(parts: readonly TemplatePart[]): ArnMatcher {
  if (matchesEverything(parts)) return () => true;
  const fields = splitFields(parts).map((field): TemplateMatcher | undefined =>
    matchesEverything(field) ? undefined : compileTemplate(field),
  );
  return (arn, context) => {
    if (arn.fields === undefined) return false;
    let matched: boolean | undefined = true;
    // From the back: accounts and partitions are mostly the same, resources are not.
    for (let at = fields.length - 1; at >= 0; at -= 1) {
      const matches = fields[at];
      const field = matches === undefined ? true : matches(arn.fields[at] ?? '', context);
      if (field === false) return false;
      if (field === undefined) matched = undefined;
    }
    return matched;
  };
}

/** Cuts at the first five colons that the pattern itself has; a colon in a variable's value cuts nothing. */
export function splitFields(parts: readonly TemplatePart[]): readonly (readonly TemplatePart[])[] {
  const fields: TemplatePart[][] = [[]];
  for (const part of parts) {
    if (typeof part !== 'string') {
      fields.at(-1)?.push(part);
      continue;
    }
    let rest = part;
    while (fields.length < FIELDS) {
      const colon = rest.indexOf(':');
      if (colon === -1) break;
      fields.at(-1)?.push(rest.slice(0, colon));
      rest = rest.slice(colon + 1);
      fields.push([]);
    }
    if (rest !== '') fields.at(-1)?.push(rest);
  }
  return fields;
}
