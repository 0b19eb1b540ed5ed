// The audit trail on the log: which events are kept, and what happens when one cannot be. A stranger cannot fill the
// disk: calls of nobody who is known are recorded at a bounded rate for each address, and what is beyond is counted.
import type { AuditTrail } from '../../domain/audit/ports.ts';
import { DomainError } from '../../domain/errors.ts';
import { makeAddressBudget, type Rate } from '../../shared/address-budget.ts';
import type { AuditLog } from './log.ts';

/** Failures of unknown callers that are recorded, of each address and of all. */
const OF_AN_ADDRESS: Rate = { atOnce: 20, perSecond: 1 };
const OF_ALL: Rate = { atOnce: 100, perSecond: 10 };
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

/** `noteSuppressed` says what was left out so far. */
export function makeAuditTrail(
  options: AuditTrailOptions,
): AuditTrail & { readonly noteSuppressed: () => void } {
  const { log, reads, onFailure, now } = options;
  const strangers = makeAddressBudget({ perAddress: OF_AN_ADDRESS, together: OF_ALL, now });
  let timer: NodeJS.Timeout | undefined;

  function noteSuppressed(): void {
    clearTimeout(timer);
    timer = undefined;
    const suppressed = strangers.takeSuppressed();
    if (suppressed !== undefined) log.note({ kind: 'Suppressed', ...suppressed });
  }

  return {
    noteSuppressed,
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
      if (failed && userIdentity.type === 'Unknown' && !strangers.take(lasting.facts.sourceIPAddress)) {
        timer ??= setTimeout(noteSuppressed, SUPPRESSED_NOTE_MS).unref();
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
