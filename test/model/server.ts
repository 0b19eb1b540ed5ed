// The server of the storage model, in a process of its own that may be killed at any moment. Its clock is the
// machine's, ahead by what it was told. Run by server-process.ts with an IPC channel.
import { readFileSync } from 'node:fs';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/index.ts';
import type { CollectionPoint } from '../../src/domain/registry/index.ts';
import { TEST_CREDENTIALS } from '../helpers/start-server.ts';

/** What the process is asked for; it answers with an `Answer` of the same id. */
export type Order =
  | { readonly id: number; readonly kind: 'advance'; readonly ms: number }
  | { readonly id: number; readonly kind: 'collect' }
  | { readonly id: number; readonly kind: 'expire' }
  /** Dies at the point when it comes to it for the `turns`th time. */
  | { readonly id: number; readonly kind: 'die at'; readonly point: CollectionPoint; readonly turns: number };

export interface Answer {
  readonly id: number;
  readonly error?: string;
  readonly result?: unknown;
}

const [dataDir = '', ahead = '0', graceSeconds = ''] = process.argv.slice(2);
let aheadMs = Number(ahead);
let death: { readonly point: CollectionPoint; turns: number } | undefined;

const { config } = loadConfig({
  flags: {
    host: '127.0.0.1',
    port: '0',
    'data-dir': dataDir,
    'log-level': 'error',
    'gc-interval': 'off',
    'gc-grace': `${graceSeconds}s`,
  },
  env: {
    SEALPORT_ROOT_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    SEALPORT_ROOT_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
  },
  readFile: (path) => readFileSync(path, 'utf8'),
  isTerminal: false,
});
const sealport = await compose(config, {
  clock: { now: () => Date.now() + aheadMs },
  collectionCheckpoint: (point) => {
    if (death?.point !== point) return;
    death.turns -= 1;
    if (death.turns <= 0) process.kill(process.pid, 'SIGKILL');
  },
});
const { port } = await sealport.listen();

async function carryOut(order: Order): Promise<unknown> {
  switch (order.kind) {
    case 'advance':
      aheadMs += order.ms;
      return undefined;
    case 'collect':
      return sealport.upkeep.collect({ graceMs: config.gcGrace });
    case 'expire':
      return sealport.upkeep.expireUploads(100);
    case 'die at':
      death = { point: order.point, turns: order.turns };
      return undefined;
    default:
      return order;
  }
}

process.on('message', (order: Order) => {
  carryOut(order).then(
    (result) => process.send?.({ id: order.id, result } satisfies Answer),
    (error: unknown) => process.send?.({ id: order.id, error: String(error) } satisfies Answer),
  );
});
process.on('disconnect', () => void sealport.close());
process.send?.({ id: 0, result: port } satisfies Answer);
