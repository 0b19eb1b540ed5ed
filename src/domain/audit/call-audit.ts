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
  return {
    requireReady: () => trail.requireReady(),
    record(call, origin) {
      const occasion = {
        eventTime: new Date(now()).toISOString(),
        requestID: origin.requestId,
        eventID: randomUUID(),
      };
      return trail.record({ occasion, lasting: lastingPartOf(call, origin) }, urgencyOf(call));
    },
  };
}
