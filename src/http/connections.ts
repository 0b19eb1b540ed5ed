// The connections of the listener. Each has one request under way at a time, those behind it wait in their order; its
// client must take the answer at a pace; an address has a bounded number of them. States of a connection: idle ->
// running (a response is current) -> idle … -> closed.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../shared/ip-address.ts';
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
  /**
   * Counts a request that a trusted proxy brought, under its client's address, until its answer is closed; false when that
   * address has as many under way as it may have connections.
   */
  openForwarded(address: string, response: ServerResponse): boolean;
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
  const perAddress = makeCount(limits.connectionsPerAddress);
  const forwardedPerAddress = makeCount(limits.connectionsPerAddress);
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
      const release = perAddress(socket.remoteAddress ?? '');
      if (release !== undefined) socket.once('close', release);
      return release !== undefined;
    },
    openForwarded(address, response) {
      const release = forwardedPerAddress(address);
      if (release !== undefined) response.once('close', release);
      return release !== undefined;
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

/** Counts by the network of an address; gives what ends one count, or undefined when there are `most` (0: any number). */
function makeCount(most: number): (address: string) => (() => void) | undefined {
  const counts = new Map<string, number>();
  return (address) => {
    if (most === 0) return () => {};
    const network = networkOf(address);
    const count = counts.get(network) ?? 0;
    if (count >= most) return undefined;
    counts.set(network, count + 1);
    return () => {
      const left = (counts.get(network) ?? 1) - 1;
      if (left === 0) counts.delete(network);
      else counts.set(network, left);
    };
  };
}
