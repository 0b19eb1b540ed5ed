// A thread that copies the write-ahead log into the database file whenever it is told to, and answers when it
// has, or why it could not. It never writes anything else; whatever it leaves undone the next pass does.
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './dialects/sqlite.ts';

const { path } = workerData as { readonly path: string };
const port = parentPort;
if (port === null) throw new Error('this module is a thread of the metadata store');
const connection = new SqliteConnection({ path, readOnly: false });
connection.autoCheckpoint(0);

port.on('message', (message: 'checkpoint' | 'close') => {
  switch (message) {
    case 'checkpoint':
      try {
        connection.checkpoint();
        port.postMessage(undefined);
      } catch (error) {
        port.postMessage(error);
      }
      return;
    case 'close':
      connection.close();
      port.close();
  }
});
