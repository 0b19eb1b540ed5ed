// A server in a process of its own that kills itself, as `kill -9` would, when its signing cycle comes to a
// named point. Run as: node mortal-server.ts <data-dir> <crash point or none>. Prints its port when it listens.
import { readFileSync } from 'node:fs';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/index.ts';
import { TEST_CREDENTIALS } from './start-server.ts';

const [dataDir = '', point = 'none'] = process.argv.slice(2);
const { config } = loadConfig({
  flags: { host: '127.0.0.1', port: '0', 'data-dir': dataDir, 'log-level': 'error' },
  env: {
    SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  },
  readFile: (path) => readFileSync(path, 'utf8'),
  isTerminal: false,
});
const sealport = await compose(config, {
  signingCheckpoint: (reached) => {
    if (reached === point) process.kill(process.pid, 'SIGKILL');
  },
});
const { port } = await sealport.listen();
process.stdout.write(`listening ${port}\n`);
process.on('SIGTERM', () => void sealport.close());
