// Events of the log as JSON lines, filtered, one at a time: however long the log is, little of it is in memory. It
// only reads and checks nothing; verify.ts does that.
import type { AuditEvent } from '../../domain/audit/types.ts';
import { linesOf, listSegments, segmentPath } from './segments.ts';
import { segmentsWithin } from './time-range.ts';

export interface AuditFilter {
  /** Epoch ms, both inclusive. */
  readonly from?: number | undefined;
  readonly until?: number | undefined;
  /** Whole ARN, user name, or access key id. */
  readonly principal?: string | undefined;
  readonly eventName?: string | undefined;
  /** Whole ARN, or the beginning of one followed by `*`. */
  readonly resource?: string | undefined;
  /** `denied`: refused for want of permission or of a valid login. `failed`: any error. */
  readonly outcome?: 'ok' | 'failed' | 'denied' | undefined;
}

const DENIALS =
  /^(?:AccessDenied|ACCESS_DENIED|DENIED|UNAUTHORIZED|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken)/;

interface Stored {
  readonly sequence: number;
  readonly previous: string;
  readonly event?: AuditEvent;
}

/** `chain`: lines as they are stored, with sequence and hash of the one before; else the events alone. */
export async function* exportAuditLog(
  directory: string,
  filter: AuditFilter,
  chain: boolean,
): AsyncGenerator<string> {
  const pathOf = (segment: number) => segmentPath(directory, segment);
  const segments = await listSegments(directory);
  for (const segment of await segmentsWithin(pathOf, segments, filter.from, filter.until)) {
    for await (const { bytes, ended } of linesOf(pathOf(segment))) {
      if (!ended) break;
      const text = bytes.toString('utf8');
      const stored = parse(text);
      if (stored?.event === undefined || !passes(stored.event, filter)) continue;
      yield chain ? text : JSON.stringify(stored.event);
    }
  }
}

function parse(text: string): Stored | undefined {
  try {
    return JSON.parse(text) as Stored;
  } catch {
    // A damaged line is the verification's to tell.
    return undefined;
  }
}

function passes(event: AuditEvent, filter: AuditFilter): boolean {
  const { from, until, principal, eventName, resource, outcome } = filter;
  const time = Date.parse(event.eventTime);
  if (from !== undefined && time < from) return false;
  if (until !== undefined && time > until) return false;
  if (eventName !== undefined && event.eventName !== eventName) return false;
  if (principal !== undefined) {
    const { arn, accessKeyId, userName } = event.userIdentity;
    if (principal !== arn && principal !== accessKeyId && principal !== userName) return false;
  }
  if (resource !== undefined && !(event.resources ?? []).some(({ ARN }) => matches(resource, ARN)))
    return false;
  switch (outcome) {
    case undefined:
      return true;
    case 'ok':
      return event.errorCode === undefined;
    case 'failed':
      return event.errorCode !== undefined;
    case 'denied':
      return event.errorCode !== undefined && DENIALS.test(event.errorCode);
  }
}

function matches(pattern: string, arn: string): boolean {
  return pattern.endsWith('*') ? arn.startsWith(pattern.slice(0, -1)) : arn === pattern;
}
