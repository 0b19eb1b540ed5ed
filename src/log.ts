// The process's log: structured lines on standard output, or lines for people. Credentials never get here: the
// listener logs paths without their queries and no headers.
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** Makes the logger. `fd` 1 is standard output. */
export function makeLog(options: { readonly level: string; readonly format: 'pretty' | 'json' }): Logger {
  const stream: DestinationStream =
    options.format === 'pretty'
      ? pretty({ colorize: process.stdout.isTTY, ignore: 'pid,hostname' })
      : destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 100 });
  return pino({ level: options.level, base: null }, stream);
}
