// sendfile(2), for which Node has no function: the kernel hands pages of the page cache to a socket, without the two
// copies of a read and a write. It is called through koffi, a foreign function interface that comes compiled; where that
// is not installed, and on other systems than Linux, files are read and written.
import { readFile } from 'node:fs/promises';

export interface Sending {
  /** Descriptors. */
  readonly socket: number;
  readonly file: number;
  /** Whether the socket leads to a program on this machine. */
  readonly isLocal: boolean;
  readonly position: number;
  readonly length: number;
}

/**
 * Hands over what the socket takes without waiting for its client. Gives how many bytes that were: 0 when it is full, and
 * after any failure, which a write will tell. Waits for the disk when the bytes are not in memory.
 */
export type SendFile = (sending: Sending) => number;

/** Of netinet/tcp.h on Linux. */
const IPPROTO_TCP = 6;
const TCP_CONGESTION = 13;
/** The one that every kernel has and every user may choose. */
const UNPACED = 'reno';

/** undefined where there is no such call. Rejects when koffi is not installed, or not for this system. */
export async function loadSendFile(): Promise<SendFile | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const sendfile = libc.func('int64_t sendfile(int, int, int64_t *, uint64_t)');
  const setsockopt = libc.func('int setsockopt(int, int, int, const char *, uint32_t)');
  const paces = await systemPaces();
  // The call is over when the next one begins.
  const offset = new BigInt64Array(1);
  return ({ socket, file, isLocal, position, length }) => {
    // When it fails, bytes are paced as before.
    if (paces && isLocal) setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, UNPACED, UNPACED.length);
    offset[0] = BigInt(position);
    return Math.max(Number(sendfile(socket, file, offset, length)), 0);
  };
}

/**
 * Whether connections send at a pace that was measured (BBR). Between two programs of one machine there is no network
 * that could be crowded, and the pace makes many small portions out of a large one: a pull took five times the CPU time.
 */
async function systemPaces(): Promise<boolean> {
  const chosen = await readFile('/proc/sys/net/ipv4/tcp_congestion_control', 'latin1').catch(() => '');
  return chosen.startsWith('bbr');
}
