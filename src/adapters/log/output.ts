// Where lines go: a file, a pipe, a terminal or a socket behind a file descriptor of this process. No output ever holds
// up the thread: pipes and terminals are written to without waiting, files by the system's own threads.
import { closeSync, constants, fstatSync, openSync, type Stats, write, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';

export interface LogOutput {
  /** Most bytes of one write. */
  readonly writeBytes: number;
  /**
   * Writes what there is room for. Calls `done` once, at once or later, with the number of bytes that were taken (0: no
   * room now) or with the reason why they cannot be written. One write at a time.
   */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | undefined, taken: number) => void): void;
  /** Writes without waiting when the process ends. Throws when there is no room. */
  writeLast(bytes: Buffer): void;
  /** Whether a write that never ends keeps the process from ending (a file of a disk that does not answer). */
  readonly holdsProcess: boolean;
  /** Nothing is written any more: gives up a write that is under way. Called once. */
  abandon(): void;
}

/** Up to so many bytes come into a pipe as one piece (POSIX, PIPE_BUF): lines of two processes do not mix. */
const PIPE_PIECE_BYTES = 4096;
const FILE_PIECE_BYTES = 64 * 1024;

/** The output behind a descriptor, which stays open. */
export function openOutput(fd: number): LogOutput {
  let kind: Stats;
  try {
    kind = fstatSync(fd);
  } catch {
    // Every write says why it cannot be used.
    return fileOutput(fd);
  }
  if (kind.isFIFO() || isatty(fd)) {
    const own = reopened(fd);
    if (own !== undefined) return waitlessOutput(own);
  }
  return kind.isFIFO() || kind.isSocket() ? socketOutput(fd) : fileOutput(fd);
}

/**
 * A descriptor of our own on the same pipe or terminal that is written to without waiting. The given one is shared with
 * other processes (of a shell, of `2>&1`), which would be told to try again where they expect to wait.
 */
function reopened(fd: number): number | undefined {
  try {
    return openSync(
      `/proc/self/fd/${fd}`,
      // oxlint-disable-next-line no-bitwise -- flags of open(2)
      constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch {
    // No /proc, a pipe of another user, a pipe that nobody reads.
    return undefined;
  }
}

function waitlessOutput(fd: number): LogOutput {
  return {
    writeBytes: PIPE_PIECE_BYTES,
    write(bytes, done) {
      let taken: number;
      try {
        taken = writeSync(fd, bytes);
      } catch (error) {
        const fault = error as NodeJS.ErrnoException;
        done(fault.code === 'EAGAIN' ? undefined : fault, 0);
        return;
      }
      done(undefined, taken);
    },
    writeLast: (bytes) => void writeSync(fd, bytes),
    holdsProcess: false,
    abandon: () => closeSync(fd),
  };
}

/** A write takes one of the threads that also read and write files for the rest of the process: never more than one. */
export function fileOutput(fd: number): LogOutput {
  return {
    writeBytes: FILE_PIECE_BYTES,
    write: (bytes, done) => write(fd, bytes, (error, taken) => done(error ?? undefined, taken ?? 0)),
    writeLast: (bytes) => void writeSync(fd, bytes),
    holdsProcess: true,
    abandon: () => {},
  };
}

function socketOutput(fd: number): LogOutput {
  let socket: Socket | undefined;
  function connected(): Socket {
    if (socket !== undefined) return socket;
    const made = new Socket({ fd, readable: false, writable: true });
    // The write that failed has the reason; the next one tries with another socket on the same descriptor.
    made.on('error', () => {});
    made.once('close', () => {
      if (socket === made) socket = undefined;
    });
    made.unref();
    socket = made;
    return made;
  }
  return {
    writeBytes: PIPE_PIECE_BYTES,
    write(bytes, done) {
      try {
        connected().write(bytes, (error) => (error ? done(error, 0) : done(undefined, bytes.length)));
      } catch (error) {
        done(error as NodeJS.ErrnoException, 0);
      }
    },
    writeLast(bytes) {
      // Before there is a socket the descriptor may be one that waits.
      connected();
      writeSync(fd, bytes);
    },
    holdsProcess: false,
    abandon: () => socket?.destroy(),
  };
}
