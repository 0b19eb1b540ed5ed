// The pace that a client must keep while a request is under way: bytes of a body that it sends, of an answer that it
// takes. An idle time alone is not enough: one byte now and then would hold a connection, a lock and buffers for ever.
import type { ServerLimits } from './limits.ts';

export type Pace = Pick<ServerLimits, 'bytesPerSecond' | 'paceMs'>;

/** Each piece of a body costs about the same, however small it is. */
const FREE_PIECES = 1000;
const BYTES_PER_PIECE = 64;

/** Counts the pieces in which a body comes; false when they are too small on average. */
export function makePieceCount(): (bytes: number) => boolean {
  let pieces = 0;
  let total = 0;
  return (bytes) => {
    pieces += 1;
    total += bytes;
    return pieces <= FREE_PIECES + total / BYTES_PER_PIECE;
  };
}

export interface PaceWatch {
  /** Bytes arrived. False when they come in pieces that are too small: `onSlow` was called. */
  received(bytes: number): boolean;
  /** Whether we read at all: the client is not to blame for what does not come while we do not. */
  reading(now: boolean): void;
  stop(): void;
}

/**
 * Calls `onSlow` once, when fewer bytes than asked arrived in a whole while in which they were waited for, or when
 * they come in pieces that are too small.
 */
export function watchPace({ bytesPerSecond, paceMs }: Pace, onSlow: () => void): PaceWatch {
  const wanted = Math.ceil((bytesPerSecond * paceMs) / 1000);
  let count = 0;
  let held = false;
  let excused = false;
  const isLarge = makePieceCount();
  const timer = setInterval(() => {
    if (count < wanted && !excused) {
      clearInterval(timer);
      onSlow();
    }
    count = 0;
    excused = held;
  }, paceMs);
  timer.unref();
  return {
    received: (bytes) => {
      count += bytes;
      if (isLarge(bytes)) return true;
      clearInterval(timer);
      onSlow();
      return false;
    },
    reading: (now) => {
      held = !now;
      excused = true;
    },
    stop: () => clearInterval(timer),
  };
}

/** What a socket has to write, as the watch of an answer sees it. */
export interface Writing {
  readonly writableLength: number;
  readonly bytesWritten: number;
}

/** Milliseconds after which bytes that were handed over at once must be gone. */
export function writeTimeMs({ bytesPerSecond, paceMs }: Pace, bytes: number): number {
  return paceMs + (bytes / bytesPerSecond) * 1000;
}
