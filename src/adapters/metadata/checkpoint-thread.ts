// A thread that copies the write-ahead log into the database file whenever it is told to, and answers when it
// has, or why it could not. It never writes anything else; whatever it leaves undone the next pass does.
import { parentPort, workerData } from 'node:worker_threads';
import { SqliteConnection } from './dialects/sqlite.ts';

const { path } = workerData as { readonly path: string };
const port = parentPort;
if (port === null) throw new Error('this module is a thread of the metadata store');
let connection: SqliteConnection | undefined = openConnection();

function openConnection(): SqliteConnection {
  const opened = new SqliteConnection({ path, readOnly: false });
  opened.autoCheckpoint(0);
  return opened;
}

port.on('message', (message: 'checkpoint' | 'close') => {
  switch (message) {
    case 'checkpoint':
      try {
        connection ??= openConnection();
        connection.checkpoint();
        port.postMessage(undefined);
      } catch (error) {
        // One that was opened while the file could only be read can never write.
        connection?.close();
        connection = undefined;
        port.postMessage(error);
      }
      return;
    case 'close':
      connection?.close();
      port.close();
  }
});
