// sendfile(2), for which Node has no function: the kernel hands pages of the page cache to a socket, without the two
// copies of a read and a write. It is called through koffi, a foreign function interface that comes compiled; where that
// is not installed, and on other systems than Linux, files are read and written.

/**
 * Hands over what the socket takes without waiting for its client. Gives how many bytes that were: 0 when it is full, and
 * after any failure, which a write will tell. Waits for the disk when the bytes are not in memory.
 */
export type SendFile = (socket: number, file: number, position: number, length: number) => number;

/** undefined where there is no such call. Rejects when koffi is not installed, or not for this system. */
export async function loadSendFile(): Promise<SendFile | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { default: koffi } = await import('koffi');
  const sendfile = koffi.load(null).func('int64_t sendfile(int, int, int64_t *, uint64_t)');
  // The call is over when the next one begins.
  const offset = new BigInt64Array(1);
  return (socket, file, position, length) => {
    offset[0] = BigInt(position);
    return Math.max(Number(sendfile(socket, file, offset, length)), 0);
  };
}
