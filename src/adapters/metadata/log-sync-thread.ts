// A thread that puts the write-ahead log onto the disk whenever it is told to, and answers when it has or could not.
import { fdatasyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { fd } = workerData as { readonly fd: number };
const port = parentPort;
if (port === null) throw new Error('this module is a thread of the metadata store');

port.on('message', () => {
  let fault: unknown;
  try {
    fdatasyncSync(fd);
  } catch (error) {
    fault = error;
  }
  port.postMessage(fault);
});
