// One TCP connection to a server, for tests that send what no HTTP client would. Reads answers that have a length.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawHttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawConnection {
  readonly socket: Socket;
  write(data: string | Uint8Array): void;
  /** The next answer; undefined when the server closed the connection without one. Rejects after 20 seconds. */
  answer(options?: { readonly head?: boolean }): Promise<RawHttpAnswer | undefined>;
  /** Resolves when the server has closed the connection. Rejects after 20 seconds. */
  closed(): Promise<void>;
  destroy(): void;
}

const PATIENCE_MS = 20_000;

export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let unread = Buffer.alloc(0);
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const waiter of waiting) waiter();
  };
  socket.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    wake();
  });
  // A reset is a way of closing; tests look at what came before.
  socket.on('error', () => {});
  socket.on('close', wake);
  const change = () =>
    new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(waiter);
        reject(new Error('the server keeps silent'));
      }, PATIENCE_MS);
      const waiter = () => {
        clearTimeout(timer);
        waiting.delete(waiter);
        resolve();
      };
      waiting.add(waiter);
    });

  return {
    socket,
    write: (data) => {
      socket.write(data);
    },
    async answer({ head = false } = {}) {
      for (;;) {
        const parsed = parseAnswer(unread, head);
        if (parsed !== undefined) {
          unread = unread.subarray(parsed.length);
          return parsed.answer;
        }
        if (socket.closed) return undefined;
        await change();
      }
    },
    async closed() {
      while (!socket.closed) await change();
    },
    destroy: () => socket.destroy(),
  };
}

function parseAnswer(
  bytes: Buffer,
  head: boolean,
): { readonly answer: RawHttpAnswer; readonly length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const length = end + 4 + (head ? 0 : Number(headers['content-length'] ?? 0));
  if (bytes.length < length) return undefined;
  const answer = {
    status: Number(first.split(' ')[1]),
    headers,
    body: bytes.subarray(end + 4, length).toString('utf8'),
  };
  return { answer, length };
}

/** The text of a request's head. */
export function headText(
  method: string,
  target: string,
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
