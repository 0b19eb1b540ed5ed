// Lines on their way to an output that may fail or stand still: a full disk, a pipe that nobody reads, a stopped terminal.
// Nobody ever waits for it: so much waits in memory, what comes beyond is counted and lost, and when there is room again
// that is said in the place of the gap. States: idle -> gathering (a timer runs) -> writing -> idle; writing -> waiting
// (no room, or an error; a timer runs) -> writing; at last ended.
import type { LogOutput } from './output.ts';

export interface LineSink {
  /** Takes whole lines, each with its line feed. Never throws, never waits. */
  write(lines: string): void;
  /** Lines that were lost so far. */
  lost(): number;
  /** Writes what waits, for so many ms at most. Nothing is taken afterwards. Resolves with whether all was written. */
  end(ms: number): Promise<boolean>;
}

export interface LineSinkOptions {
  readonly output: LogOutput;
  /** Lines are gathered for so long, ms, or until there are 4 KiB. */
  readonly gatherMs: number;
  /** Characters that may wait. */
  readonly waitingLength?: number;
  /** Called when there is room again: it says so by a line of its own. `since`: epoch ms of the first lost line. */
  readonly onLost?: (lost: {
    readonly lines: number;
    readonly since: number;
    readonly reason: string;
  }) => void;
}

const WAITING_LENGTH = 1024 * 1024;
const GATHERED_LENGTH = 4096;
/** Wait before another attempt, ms: doubled each time up to the second. */
const NO_ROOM_MS = [1, 100] as const;
const ERROR_MS = [50, 1000] as const;
/** A write of a file takes no longer, or its disk does not answer. */
const STUCK_MS = 1000;
const PIECES_OF_A_TURN = 16;
const LINE_FEED = 10;
const NO_ROOM = 'the output takes nothing';

export function makeLineSink(options: LineSinkOptions): LineSink {
  const { output, gatherMs, onLost, waitingLength = WAITING_LENGTH } = options;
  const waiting: string[] = [];
  let length = 0;
  /** What the output has not taken of the piece that is written, and the whole piece. */
  let piece: Buffer | undefined;
  let taken = 0;
  /** performance.now() at the start of the write under way. */
  let writingSince: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let pause = 0;
  let inTurn = 0;
  let reason = NO_ROOM;
  let lostLines = 0;
  let gap: { lines: number; readonly since: number; readonly reason: string } | undefined;
  let ended = false;
  let onWritten: (() => void) | undefined;

  function write(lines: string): void {
    if (!ended && gap !== undefined && length < waitingLength / 2) sayLost();
    if (ended || length + lines.length > waitingLength) {
      lose(lines);
      return;
    }
    waiting.push(lines);
    length += lines.length;
    if (writingSince !== undefined || pause > 0) return;
    if (length >= GATHERED_LENGTH) flush();
    else timer ??= after(gatherMs, flush);
  }

  function lose(lines: string): void {
    const count = lines.split('\n').length - 1;
    lostLines += count;
    gap ??= { lines: 0, since: Date.now(), reason };
    gap.lines += count;
  }

  function sayLost(): void {
    if (gap === undefined) return;
    const lost = gap;
    gap = undefined;
    onLost?.(lost);
  }

  function flush(): void {
    inTurn = 0;
    writeNext();
  }

  function writeNext(): void {
    clearTimeout(timer);
    timer = undefined;
    if (writingSince !== undefined) return;
    piece ??= nextPiece();
    if (piece === undefined) {
      if (!ended) sayLost();
      if (length > 0) writeNext();
      else onWritten?.();
      return;
    }
    writingSince = performance.now();
    output.write(piece.subarray(taken), written);
  }

  /** As many whole lines as one write takes, or the beginning of one that is longer. */
  function nextPiece(): Buffer | undefined {
    const [first] = waiting;
    if (first === undefined) return undefined;
    let count = 0;
    let size = 0;
    while (count < waiting.length) {
      const next = waiting[count]?.length ?? 0;
      if (count > 0 && size + next > output.writeBytes) break;
      size += next;
      count += 1;
    }
    const text = count === 1 ? first : waiting.slice(0, count).join('');
    waiting.splice(0, count);
    length -= size;
    return Buffer.from(text);
  }

  function written(error: NodeJS.ErrnoException | undefined, bytes: number): void {
    writingSince = undefined;
    taken += bytes;
    if (error !== undefined) {
      reason = error.code ?? error.message;
      startLineAgain();
      retry(ERROR_MS);
    } else if (bytes === 0) {
      reason = NO_ROOM;
      retry(NO_ROOM_MS);
    } else {
      pause = 0;
      if (piece !== undefined && taken >= piece.length) {
        piece = undefined;
        taken = 0;
      }
      inTurn += 1;
      // An output that takes everything would never let go of this thread.
      if (inTurn < PIECES_OF_A_TURN) writeNext();
      else timer ??= after(0, flush);
    }
  }

  /** The file may have been emptied meanwhile, or the pipe have another reader: a line that was cut begins again. */
  function startLineAgain(): void {
    if (piece === undefined || taken === 0) return;
    const begin = piece.lastIndexOf(LINE_FEED, taken - 1) + 1;
    piece =
      begin === taken ? piece.subarray(begin) : Buffer.concat([Buffer.of(LINE_FEED), piece.subarray(begin)]);
    taken = 0;
  }

  function retry([first, most]: readonly [number, number]): void {
    pause = Math.min(Math.max(pause * 2, first), most);
    timer ??= after(pause, flush);
  }

  /** When the process ends without `end`, by a fault: what can be written without waiting. */
  function onExit(): void {
    const stuck = writingSince !== undefined && performance.now() - writingSince > STUCK_MS;
    if (stuck && output.holdsProcess) endBySignal();
    else writeLast();
  }

  function writeLast(): void {
    try {
      if (piece !== undefined && writingSince === undefined) output.writeLast(piece.subarray(taken));
      if (length > 0) output.writeLast(Buffer.from(waiting.join('')));
    } catch {
      // Nobody is left to tell.
    }
  }
  process.once('exit', onExit);

  return {
    write,
    lost: () => lostLines,
    async end(ms) {
      const all = Promise.withResolvers<boolean>();
      onWritten = () => all.resolve(true);
      const giveUp = setTimeout(() => all.resolve(false), ms);
      flush();
      const wasWritten = await all.promise;
      ended = true;
      onWritten = undefined;
      clearTimeout(giveUp);
      clearTimeout(timer);
      output.abandon();
      if (wasWritten || !output.holdsProcess) process.off('exit', onExit);
      return wasWritten;
    },
  };
}

function after(ms: number, work: () => void): NodeJS.Timeout {
  return setTimeout(work, ms).unref();
}

/** The end of a process waits for its writes to files; one that a disk never answers leaves only this way. */
function endBySignal(): void {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}
