// Gathers what a thread that answers pulls has to tell: audit records, counts, times of pulls, lines of the log. Sent
// together, about ten times a second or when it has become much.
import type { AuditRecord } from '../domain/audit/index.ts';
import type { PullNote } from '../domain/registry/index.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Happened, PlainRecord } from './protocol.ts';

const SEND_MS = 100;
const MAX_WAITING = 2000;

export interface Reporter {
  readonly metrics: Pick<Metrics, 'request' | 'connectionRefused'>;
  audited(record: AuditRecord): void;
  /** Whole lines of the log: the main thread writes them. */
  logged(lines: string): void;
  /** Sends what there is. */
  flush(): void;
}

export function makeReporter(deps: {
  readonly send: (happened: Happened) => void;
  readonly takePulls: () => readonly PullNote[];
}): Reporter {
  let facts: PlainRecord['facts'][] = [];
  let places = new Map<AuditRecord['lasting'], number>();
  let records: (number | string | undefined)[] = [];
  let requests: (number | string)[] = [];
  let connectionsRefused: ('address' | 'server')[] = [];
  let log: string[] = [];
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting === 0) return;
    deps.send({ facts, records, requests, connectionsRefused, pulls: deps.takePulls(), log: log.join('') });
    facts = [];
    places = new Map();
    records = [];
    requests = [];
    connectionsRefused = [];
    log = [];
    waiting = 0;
  }

  function added(): void {
    waiting += 1;
    if (waiting >= MAX_WAITING) flush();
    else timer ??= setTimeout(flush, SEND_MS);
  }

  return {
    metrics: {
      request({ surface, operation, status, seconds, bytesIn, bytesOut }) {
        requests.push(surface, operation, status, seconds, bytesIn, bytesOut);
        added();
      },
      connectionRefused(reason) {
        connectionsRefused.push(reason);
        added();
      },
    },
    audited({ lasting, occasion }) {
      let place = places.get(lasting);
      if (place === undefined) {
        place = facts.push(lasting.facts) - 1;
        places.set(lasting, place);
      }
      records.push(place, occasion.eventTime, occasion.requestID, occasion.eventID);
      added();
    },
    logged(lines) {
      log.push(lines);
      added();
    },
    flush,
  };
}
