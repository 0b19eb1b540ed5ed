// Writes a stream of chunks into an open file: gathered to 1 MiB, positional, at most four writes in flight. Nothing
// is reported as written before it is; after a failed write nothing more is written. What is written goes to the disk
// while more comes, so that the sync at the end finds little to do and memory is not full of what nobody has synced.
import { writev } from 'node:fs';

/** Less costs system calls, more costs page faults and memory. */
const BLOCK_BYTES = 1024 * 1024;
/** A client that sends a byte at a time must not make us keep a million buffers. */
const BLOCK_CHUNKS = 512;
const MAX_IN_FLIGHT = 4;
/** Less makes more commits of the file system's journal, more leaves more for the end. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;

export interface BlockWriter {
  /** A promise when the caller must wait before it hands over more. */
  add(chunk: Uint8Array): Promise<void> | undefined;
  /** Writes what is gathered and waits for everything in flight. Throws the first failure. */
  flush(): Promise<void>;
  /** Waits until nothing is in flight, whatever became of it: before the file may be closed. */
  settle(): Promise<void>;
  /** How much of the file was written since the last sync began. */
  unsyncedBytes(): number;
}

export interface BlockWriterOptions {
  readonly fd: number;
  /** Where the first byte goes. */
  readonly position: number;
  /** Of what is before. */
  readonly unsyncedBytes: number;
  /** Told of each chunk that is written. */
  readonly free?: ((chunk: Uint8Array) => void) | undefined;
  /** Puts on the disk what is written; `undefined` when it is better left for later. */
  readonly sync: () => Promise<void> | undefined;
}

export function makeBlockWriter({
  fd,
  position,
  unsyncedBytes: unsyncedBefore,
  free = () => undefined,
  sync,
}: BlockWriterOptions): BlockWriter {
  let at = position;
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let inFlight = 0;
  let unsyncedBytes = unsyncedBefore;
  let isSyncing = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const settled = (error: Error | undefined): void => {
    failure ??= error;
    wake?.();
    wake = undefined;
  };

  const syncNow = (): void => {
    if (isSyncing || failure !== undefined) return;
    const synced = sync();
    if (synced === undefined) return;
    isSyncing = true;
    unsyncedBytes = 0;
    const over = (error?: Error): void => {
      isSyncing = false;
      settled(error);
    };
    synced.then(() => over(), over);
  };

  /** A write may take less than it was given. */
  const write = (
    buffers: readonly Uint8Array[],
    where: number,
    bytes: number,
    done: (error: Error | null) => void,
  ): void => {
    writev(fd, buffers, where, (error, written) => {
      if (error !== null || written === bytes) done(error);
      else write(rest(buffers, written), where + written, bytes - written, done);
    });
  };

  const start = (): void => {
    const buffers = gathered;
    const bytes = gatheredBytes;
    gathered = [];
    gatheredBytes = 0;
    inFlight += 1;
    write(buffers, at, bytes, (error) => {
      inFlight -= 1;
      if (error === null) {
        buffers.forEach(free);
        unsyncedBytes += bytes;
        if (unsyncedBytes >= SYNC_EVERY_BYTES) syncNow();
      }
      settled(error ?? undefined);
    });
    at += bytes;
  };

  const isQuiet = (): boolean => inFlight === 0 && !isSyncing;

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
      return written(isQuiet);
    },
    settle: () => until(isQuiet),
    unsyncedBytes: () => unsyncedBytes,
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
