// From a case that shows a disagreement to the smallest one that still does: a reader sees at once what it is about.
import type { PolicyCase } from './policy-cases.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Every value that has one part less. Elements that a document cannot do without stay. */
function* smaller(value: Json): Generator<Json> {
  if (Array.isArray(value)) {
    for (const [at, part] of (value as readonly Json[]).entries()) {
      if (value.length > 1) yield value.toSpliced(at, 1) as Json;
      for (const less of smaller(part)) yield value.with(at, less) as Json;
    }
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value as Readonly<Record<string, Json>>);
    for (const [name, part] of members) {
      if (removable.has(name) || members.length > 1)
        if (!needed.has(name)) yield Object.fromEntries(members.filter(([other]) => other !== name)) as Json;
      for (const less of smaller(part))
        yield Object.fromEntries(members.map(([other, old]) => [other, other === name ? less : old])) as Json;
    }
  }
}

const removable: ReadonlySet<string> = new Set(['Condition', 'boundary', 'session', 'resourcePolicy']);
const needed: ReadonlySet<string> = new Set([
  'principal',
  'action',
  'resource',
  'resourceAccount',
  'context',
  'identity',
  'kind',
  'document',
  'Version',
  'Statement',
  'Effect',
  'Principal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'accountId',
  'arn',
  'roleArn',
  'userId',
  'userName',
  'tags',
]);

/** `disagrees` judges a smaller case. */
export async function shrink(
  given: PolicyCase,
  disagrees: (smaller: PolicyCase) => Promise<boolean>,
): Promise<PolicyCase> {
  let current = given;
  for (;;) {
    let found: PolicyCase | undefined;
    const identity = current.identity.map((_, at) => ({
      ...current,
      identity: current.identity.toSpliced(at, 1),
    }));
    for (const candidate of [...identity, ...smaller(current as unknown as Json)]) {
      if (!(await disagrees(candidate as PolicyCase))) continue;
      found = candidate as PolicyCase;
      break;
    }
    if (found === undefined) return current;
    current = found;
  }
}
