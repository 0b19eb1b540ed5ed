// The one place where every decision on a call passes, whatever the surface: who, from where, what, by which rule, how
// it ended.
import { randomUUID } from 'node:crypto';
import { type AuditedCall, type CallOrigin, type HomeRegistry, urgencyOf } from './call-event.ts';
import type { AuditTrail } from './ports.ts';
import { rememberCalls } from './repeated-calls.ts';

export interface CallAudit {
  /** Asked before a change is begun. Throws StorageUnavailable when it could not be recorded. */
  requireReady(): void;
  /** Resolves when the answer may go out. Rejects with StorageUnavailable when it may not. */
  record(call: AuditedCall, origin: CallOrigin): Promise<void>;
}

/** `now`: epoch ms. */
export function makeCallAudit(deps: {
  readonly trail: AuditTrail;
  readonly home: HomeRegistry;
  readonly now: () => number;
}): CallAudit {
  const { trail, now } = deps;
  const lastingPartOf = rememberCalls(deps.home);
  // Many come within one millisecond.
  let at = Number.NaN;
  let eventTime = '';
  function timeOf(ms: number): string {
    if (ms !== at) {
      at = ms;
      eventTime = new Date(ms).toISOString();
    }
    return eventTime;
  }
  return {
    requireReady: () => trail.requireReady(),
    record(call, origin) {
      const occasion = {
        eventTime: timeOf(now()),
        requestID: origin.requestId,
        eventID: randomUUID(),
      };
      return trail.record({ occasion, lasting: lastingPartOf(call, origin) }, urgencyOf(call));
    },
  };
}
