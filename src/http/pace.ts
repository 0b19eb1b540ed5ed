// The pace that a client must keep while a request is under way: bytes of a body that it sends, of an answer that it
// takes. An idle time alone is not enough: one byte now and then would hold a connection, a lock and buffers for ever.
import type { ServerLimits } from './limits.ts';

export type Pace = Pick<ServerLimits, 'bytesPerSecond' | 'paceMs'>;

export interface PaceWatch {
  /** Bytes arrived. */
  received(bytes: number): void;
  /** Whether we read at all: the client is not to blame for what does not come while we do not. */
  reading(now: boolean): void;
  stop(): void;
}

/** Calls `onSlow` once, when fewer bytes than asked arrived in a whole while in which they were waited for. */
export function watchPace({ bytesPerSecond, paceMs }: Pace, onSlow: () => void): PaceWatch {
  const wanted = Math.ceil((bytesPerSecond * paceMs) / 1000);
  let count = 0;
  let held = false;
  let excused = false;
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
