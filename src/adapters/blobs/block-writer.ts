// Writes a stream of chunks into an open file: gathered to 1 MiB, positional, at most four writes in flight. Nothing
// is reported as written before it is; after a failed write nothing more is written.
import { writev } from 'node:fs';

/** Less costs system calls, more costs page faults and memory. */
const BLOCK_BYTES = 1024 * 1024;
/** A client that sends a byte at a time must not make us keep a million buffers. */
const BLOCK_CHUNKS = 512;
const MAX_IN_FLIGHT = 4;

export interface BlockWriter {
  /** A promise when the caller must wait before it hands over more. */
  add(chunk: Uint8Array): Promise<void> | undefined;
  /** Writes what is gathered and waits for everything in flight. Throws the first failure. */
  flush(): Promise<void>;
  /** Waits until nothing is in flight, whatever became of it: before the file may be closed. */
  settle(): Promise<void>;
}

/** `position`: where the first byte goes. `free` is told of each chunk that is written. */
export function makeBlockWriter(
  fd: number,
  position: number,
  free: (chunk: Uint8Array) => void = () => undefined,
): BlockWriter {
  let at = position;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let inFlight = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const settled = (error: Error | undefined): void => {
    failure ??= error;
    inFlight -= 1;
    wake?.();
    wake = undefined;
  };

  /** A write may take less than it was given. */
  const write = (buffers: readonly Uint8Array[], where: number, bytes: number, done: () => void): void => {
    writev(fd, buffers, where, (error, written) => {
      if (error !== null) settled(error);
      else if (written < bytes) write(rest(buffers, written), where + written, bytes - written, done);
      else {
        done();
        settled(undefined);
      }
    });
  };

  const start = (): void => {
    const buffers = gathered;
    const bytes = gatheredBytes;
    gathered = [];
    gatheredBytes = 0;
    inFlight += 1;
    write(buffers, at, bytes, () => buffers.forEach(free));
    at += bytes;
  };

  const until = async (done: () => boolean): Promise<void> => {
    while (!done()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  const written = async (done: () => boolean): Promise<void> => {
    await until(done);
    if (failure !== undefined) throw failure;
  };

  return {
    add(chunk) {
      if (failure !== undefined) return Promise.reject(failure);
      gathered.push(chunk);
      gatheredBytes += chunk.length;
      if (gatheredBytes < BLOCK_BYTES && gathered.length < BLOCK_CHUNKS) return undefined;
      start();
      return inFlight < MAX_IN_FLIGHT ? undefined : written(() => inFlight < MAX_IN_FLIGHT);
    },
    flush() {
      if (gatheredBytes > 0 && failure === undefined) start();
      return written(() => inFlight === 0);
    },
    settle: () => until(() => inFlight === 0),
  };
}

function rest(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const left: Uint8Array[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.length) {
      skip -= buffer.length;
      continue;
    }
    left.push(buffer.subarray(skip));
    skip = 0;
  }
  return left;
}
