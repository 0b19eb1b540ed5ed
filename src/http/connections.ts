// The connections of the listener. Each has one request under way at a time, those behind it wait in their order; its
// client must take the answer at a pace; an address has a bounded number of them. States of a connection: idle ->
// running (a response is current) -> idle … -> closed.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerLimits } from './limits.ts';
import { writeTimeMs } from './pace.ts';
import { bytesPastStream } from './past-stream.ts';

/** Requests that wait behind the one under way. Clients of registries do not send ahead at all. */
const MAX_WAITING = 16;

interface Connection {
  current: ServerResponse | undefined;
  readonly waiting: { readonly response: ServerResponse; readonly start: () => void }[];
  /** What there was to write when it last changed, and when that was (ms of performance.now). */
  writing: { readonly pending: number; readonly written: number; readonly since: number };
}

export interface Connections {
  /** Counts a new connection; false when its address has too many: it must be closed then. */
  open(socket: Socket): boolean;
  /** Runs `start` when everything that came before on the same connection is answered. */
  enqueue(socket: Socket, response: ServerResponse, start: () => void): void;
  /** The answer under way. */
  current(socket: Socket): ServerResponse | undefined;
  /** Ends the connection when the answer under way is sent; nothing behind it is heard. */
  endAfterCurrent(socket: Socket): void;
  /** Ends the watch over the pace. */
  stop(): void;
}

export function makeConnections(
  limits: Pick<ServerLimits, 'connectionsPerAddress' | 'bytesPerSecond' | 'paceMs'>,
): Connections {
  const perAddress = new Map<string, number>();
  const connections = new Map<Socket, Connection>();

  function connectionOf(socket: Socket): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const made: Connection = {
      current: undefined,
      waiting: [],
      writing: { pending: 0, written: 0, since: 0 },
    };
    connections.set(socket, made);
    socket.once('close', () => connections.delete(socket));
    return made;
  }

  function run(socket: Socket, connection: Connection, response: ServerResponse, start: () => void): void {
    connection.current = response;
    response.on('close', () => {
      connection.current = undefined;
      const next = connection.waiting.shift();
      if (next === undefined) return;
      // After an answer that ends the connection, or without a client, nothing more is done.
      if (socket.destroyed || !socket.writable) connection.waiting.length = 0;
      else run(socket, connection, next.response, next.start);
    });
    start();
  }

  /** Cuts those off that do not take what is written to them. */
  function cutSlowReaders(): void {
    const now = performance.now();
    for (const [socket, connection] of connections) {
      const pending = connection.current === undefined ? 0 : socket.writableLength;
      const written = socket.bytesWritten;
      const { writing } = connection;
      if (pending === 0 || pending !== writing.pending || written !== writing.written) {
        connection.writing = { pending, written, since: now };
      } else if (now - writing.since > writeTimeMs(limits, pending + heldByKernel(connection.current))) {
        socket.destroy();
      }
    }
  }
  const timer =
    limits.bytesPerSecond === 0 ? undefined : setInterval(cutSlowReaders, Math.max(limits.paceMs / 4, 50));
  timer?.unref();

  return {
    open(socket) {
      if (limits.connectionsPerAddress === 0) return true;
      const address = networkOf(socket.remoteAddress ?? '');
      const count = perAddress.get(address) ?? 0;
      if (count >= limits.connectionsPerAddress) return false;
      perAddress.set(address, count + 1);
      socket.once('close', () => {
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left === 0) perAddress.delete(address);
        else perAddress.set(address, left);
      });
      return true;
    },
    enqueue(socket, response, start) {
      const connection = connectionOf(socket);
      if (connection.current === undefined) run(socket, connection, response, start);
      else if (connection.waiting.length < MAX_WAITING) connection.waiting.push({ response, start });
      else socket.destroy();
    },
    current: (socket) => connections.get(socket)?.current,
    endAfterCurrent(socket) {
      const connection = connectionOf(socket);
      connection.waiting.length = 0;
      connection.current?.once('close', () => socket.destroy());
    },
    stop: () => clearInterval(timer),
  };
}

/** A socket that was full tells of room when a third of its buffer is free; the kernel lets a buffer grow to 4 MiB. */
const KERNEL_BYTES = 1_400_000;

/** What of an answer a client may have to take before anything of what is to be written can leave. */
function heldByKernel(response: ServerResponse | undefined): number {
  return response === undefined ? 0 : Math.min(bytesPastStream(response), KERNEL_BYTES);
}

/** Whom an address belongs to: itself for IPv4, its /64 network for IPv6, which one customer has whole. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::', 2);
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(8 - front.length - back.length, 0);
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
