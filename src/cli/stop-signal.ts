// SIGTERM and SIGINT: the first asks for an orderly end, the second forces it.
import type { Terminal } from './terminal.ts';

export interface StopSignal {
  /** Resolves at the first signal. */
  readonly requested: Promise<void>;
  /** Gives the signals back to their default. */
  disarm(): void;
}

export function stopSignal(terminal: Terminal): StopSignal {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count > 1) {
      terminal.note(`sealport: ${signal} again: ending at once`);
      process.exit(1);
    }
    terminal.note(`sealport: ${signal}: finishing running work (again to end at once)`);
    resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    requested: promise,
    disarm: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}
