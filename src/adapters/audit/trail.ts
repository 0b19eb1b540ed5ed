// The audit trail on the log: which events are kept, and what happens when one cannot be. A stranger cannot fill the
// disk: failed logins are recorded at a bounded rate, and what is beyond is counted.
import type { AuditTrail } from '../../domain/audit/ports.ts';
import { DomainError } from '../../domain/errors.ts';
import type { AuditLog } from './log.ts';

/** Failures of unknown callers that are recorded: so many at once, then so many a second. */
const STRANGERS_AT_ONCE = 100;
const STRANGERS_PER_SECOND = 10;
const SUPPRESSED_NOTE_MS = 10_000;

/** One for all that wait for nothing: most records are of pulls. */
const DONE = Promise.resolve();

export interface AuditTrailOptions {
  readonly log: AuditLog;
  /** Whether reads that were allowed are recorded. */
  readonly reads: boolean;
  /** What becomes of a change that cannot be recorded: it is refused, or goes on unrecorded. */
  readonly onFailure: 'refuse' | 'continue';
  readonly now: () => number;
}

export function makeAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { log, reads, onFailure, now } = options;
  const strangers = makeAllowance(now);
  let suppressed = 0;
  let notedAt = 0;

  function noteSuppressed(): void {
    if (suppressed === 0 || now() - notedAt < SUPPRESSED_NOTE_MS) return;
    notedAt = now();
    log.note({ kind: 'Suppressed', count: suppressed });
    suppressed = 0;
  }

  return {
    requireReady() {
      if (onFailure === 'continue' || log.fault === undefined) return;
      throw new DomainError(
        'StorageUnavailable',
        'The audit trail cannot be written now, so nothing may be changed; try again later.',
        {},
        { cause: log.fault },
      );
    },
    record({ occasion, lasting }, urgency) {
      const { errorCode, readOnly, userIdentity } = lasting.facts;
      const failed = errorCode !== undefined;
      if (!reads && urgency === 'soon' && readOnly && !failed) return DONE;
      noteSuppressed();
      if (failed && userIdentity.type === 'Unknown' && !strangers.take()) {
        suppressed += 1;
        return DONE;
      }
      const { eventTime, requestID, eventID } = occasion;
      // A time and UUIDs have nothing that JSON would escape. What signs by itself has no request.
      const cause = requestID === undefined ? '' : `"requestID":"${requestID}",`;
      const body = `"event":{"eventTime":"${eventTime}",${cause}"eventID":"${eventID}",${lasting.members}}`;
      const durable = log.append(body, urgency === 'before-answer');
      // The log tells of its failure itself.
      return onFailure === 'continue' ? durable.catch(() => {}) : durable;
    },
  };
}

function makeAllowance(now: () => number): { take(): boolean } {
  let left = STRANGERS_AT_ONCE;
  let at = now();
  return {
    take() {
      const time = now();
      left = Math.min(STRANGERS_AT_ONCE, left + (Math.max(0, time - at) / 1000) * STRANGERS_PER_SECOND);
      at = time;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
