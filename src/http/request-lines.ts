// Which requests get a line of the log. Of callers who are known: all. Of strangers: so many for each address, that nobody
// fills a disk without a login; the rest is counted, and a line says how many there were and whose.
import type { Logger } from 'pino';
import { makeAddressBudget, type Rate } from '../shared/address-budget.ts';

export interface RequestLines {
  /** Whether a request of a stranger from this address is written. */
  allows(address: string): boolean;
  /** Says what was left out so far. */
  flush(): void;
}

const SAID_EVERY_MS = 10_000;

export function makeRequestLines(options: {
  readonly log: Logger;
  readonly perAddress: Rate;
  readonly together: Rate;
}): RequestLines {
  const { log, perAddress, together } = options;
  const budget = makeAddressBudget({ perAddress, together, now: () => performance.now() });
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const suppressed = budget.takeSuppressed();
    if (suppressed === undefined) return;
    const { count, most, ofOthers } = suppressed;
    log.warn(
      { requests: count, addresses: most, ofOthers },
      'requests without a login are not in the log: their addresses sent too many',
    );
  }

  return {
    allows(address) {
      if (budget.take(address)) return true;
      timer ??= setTimeout(flush, SAID_EVERY_MS).unref();
      return false;
    },
    flush,
  };
}
