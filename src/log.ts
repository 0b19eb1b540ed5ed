// The process's log: structured lines on standard output, or lines for people. Credentials never get here: the
// listener logs paths without their queries and no headers. What cannot be written is lost and counted, and never holds
// anything up (adapters/log).
import { isatty } from 'node:tty';
import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { type LineSink, makeLineSink } from './adapters/log/line-sink.ts';
import { openOutput } from './adapters/log/output.ts';
import { printableLine, printableRecord } from './shared/printable.ts';

export interface LogForm {
  readonly level: string;
  readonly format: 'pretty' | 'json';
}

export interface ProcessLog {
  readonly log: Logger;
  /** Takes lines that another thread of this process has made. */
  writeLines(lines: string): void;
  /** Lines that could not be written so far. */
  lostLines(): number;
  /** Writes what waits, for a second at most. */
  end(): Promise<void>;
}

const STANDARD_OUTPUT = 1;
const STANDARD_ERROR = 2;
const GATHER_MS = 100;
const END_MS = 1000;
/** What ends the process by itself has as long before it is ended. */
const FORCED_END_MS = 100;

/** A log whose lines go where `write` puts them. */
export function makeLog({ level, format }: LogForm, write: (lines: string) => void): Logger {
  if (format === 'json') return pino({ level, base: null }, { write: (line) => write(printableLine(line)) });
  const pretty = prettyFactory({ colorize: isatty(STANDARD_OUTPUT), ignore: 'pid,hostname' });
  return pino({ level, base: null }, { write: (line) => write(pretty(printableRecord(JSON.parse(line)))) });
}

/** The log of this process on standard output; `given` is used in its place. */
export function openLog(form: LogForm, given?: Logger): ProcessLog {
  if (given !== undefined)
    return { log: given, writeLines: () => {}, lostLines: () => 0, end: async () => {} };
  const sink: LineSink = makeLineSink({
    output: openOutput(STANDARD_OUTPUT),
    gatherMs: GATHER_MS,
    onLost: ({ lines, since, reason }) =>
      aloud.warn(
        { lostLines: lines, since: new Date(since).toISOString(), reason },
        'lines of the log were lost: they could not be written',
      ),
  });
  const log = makeLog(form, (lines) => sink.write(lines));
  // A gap is named at every level.
  const aloud = log.child({}, { level: 'warn' });
  return {
    log,
    writeLines: (lines) => sink.write(lines),
    lostLines: () => sink.lost(),
    end: () => end(sink),
  };
}

async function end(sink: LineSink): Promise<void> {
  if (await sink.end(END_MS)) return;
  // The write of a file may be held by a disk that never answers, and would hold the process.
  setTimeout(() => process.exit(), FORCED_END_MS).unref();
}

export interface Notes {
  write(line: string): void;
  /** Writes what waits, for a second at most. */
  end(): Promise<void>;
}

/** Lines for people on standard error that hold nothing up either. */
export function openNotes(): Notes {
  const sink = makeLineSink({ output: openOutput(STANDARD_ERROR), gatherMs: 0 });
  return {
    write: (line) => sink.write(`${line}\n`),
    end: () => end(sink),
  };
}
