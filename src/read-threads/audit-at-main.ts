// The audit trail as a thread has it that answers pulls: the main thread writes it.
import type { AuditTrail } from '../domain/audit/index.ts';
import { DomainError } from '../domain/errors.ts';
import type { FromReadThread, ToReadThread } from './protocol.ts';
import type { Reporter } from './reporter.ts';

export interface AuditAtMain {
  readonly trail: AuditTrail;
  answered(message: Extract<ToReadThread, { type: 'audited' }>): void;
}

export function makeAuditAtMain(deps: {
  /** Whether reads that were allowed are recorded. */
  readonly reads: boolean;
  readonly reporter: Pick<Reporter, 'audited'>;
  readonly say: (message: Extract<FromReadThread, { type: 'audit' }>) => void;
}): AuditAtMain {
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let lastId = 0;
  return {
    trail: {
      requireReady() {
        throw new Error('changes are not begun in a thread that reads');
      },
      record(record, urgency) {
        const { lasting, occasion } = record;
        if (urgency === 'soon') {
          if (deps.reads || lasting.facts.errorCode !== undefined) deps.reporter.audited(record);
          return Promise.resolve();
        }
        lastId += 1;
        const waiter = Promise.withResolvers<void>();
        waiting.set(lastId, waiter);
        deps.say({ type: 'audit', id: lastId, record: { facts: lasting.facts, occasion } });
        return waiter.promise;
      },
    },
    answered({ id, refused }) {
      const waiter = waiting.get(id);
      waiting.delete(id);
      if (refused === undefined) waiter?.resolve();
      else waiter?.reject(new DomainError('StorageUnavailable', refused, {}));
    },
  };
}
