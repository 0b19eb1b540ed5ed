// The lasting part of reads that come again and again: many clients pull one image, and ask for it more than once. To make
// it anew costs more than all else that is done for the record of a read.
import { type AuditedCall, type CallOrigin, factsOf, type HomeRegistry } from './call-event.ts';
import { effectOf } from './effect.ts';
import { LastingPart } from './types.ts';

/** Calls that are remembered; with one more all are forgotten. */
const MAX_CALLS = 1000;

interface Known {
  readonly call: AuditedCall;
  readonly origin: CallOrigin;
  readonly lasting: LastingPart;
}

export function rememberCalls(home: HomeRegistry): (call: AuditedCall, origin: CallOrigin) => LastingPart {
  const known = new Map<string, Known>();
  return (call, origin) => {
    const key = keyOf(call);
    const before = key === undefined ? undefined : known.get(key);
    if (before !== undefined && isSame(before, { call, origin })) return before.lasting;
    const lasting = new LastingPart(factsOf(call, origin, home));
    if (key !== undefined) {
      if (known.size >= MAX_CALLS) known.clear();
      known.set(key, { call, origin, lasting });
    }
    return lasting;
  };
}

/** Where to look; undefined for what is not remembered: what changes or fails, or has more than texts for its input. */
function keyOf({
  operation,
  routeOperation,
  resource,
  input,
  output,
  error,
}: AuditedCall): string | undefined {
  if (error !== undefined || output !== undefined || effectOf(operation) !== 'read') return undefined;
  let key = `${routeOperation} ${resource}`;
  for (const value of Object.values(input ?? {})) {
    if (typeof value !== 'string') return undefined;
    key += ` ${value}`;
  }
  return key;
}

type Made = Omit<Known, 'lasting'>;

/** Whether everything is the same that the lasting part is made of; a principal is the same object while it lasts. */
function isSame({ call: a, origin: from }: Made, { call: b, origin }: Made): boolean {
  return (
    a.principal === b.principal &&
    a.service === b.service &&
    a.operation === b.operation &&
    a.routeOperation === b.routeOperation &&
    a.resource === b.resource &&
    a.status === b.status &&
    a.registry?.accountId === b.registry?.accountId &&
    a.registry?.region === b.registry?.region &&
    a.decidedBy?.type === b.decidedBy?.type &&
    a.decidedBy?.policy === b.decidedBy?.policy &&
    a.decidedBy?.statement === b.decidedBy?.statement &&
    from.sourceIp === origin.sourceIp &&
    from.userAgent === origin.userAgent &&
    hasSameTexts(a.input ?? {}, b.input ?? {})
  );
}

function hasSameTexts(a: object, b: object): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  const others = b as Readonly<Record<string, unknown>>;
  return names.every((name) => (a as Readonly<Record<string, unknown>>)[name] === others[name]);
}
