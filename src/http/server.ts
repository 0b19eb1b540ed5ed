// The listener: one port for all surfaces. Gives each request an id, picks its surface, writes one log line and
// its counts, and ends without cutting off what runs. It never looks into a request beyond its head.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';
import { isOperationsPath } from './operations.ts';
import { type RequestReport, type Surface, sendJson } from './surface.ts';

export type SurfaceName = 'ecr' | 'signer' | 'oci' | 'pki' | 'operations';

export interface ServerLimits {
  /** Bytes of a request's head. */
  readonly headBytes: number;
  /** Milliseconds in which a head must be whole. */
  readonly headMs: number;
  /** Milliseconds without a byte in either direction after which a connection is cut. */
  readonly idleMs: number;
  readonly keepAliveMs: number;
  /** Milliseconds that running requests have to end when the server stops. */
  readonly drainMs: number;
  readonly connections: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  headBytes: 16 * 1024,
  headMs: 30_000,
  idleMs: 60_000,
  keepAliveMs: 65_000,
  drainMs: 30_000,
  connections: 10_000,
};

export interface HttpServer {
  /** Resolves with the port that is listened on. Rejects when the address cannot be had. */
  listen(host: string, port: number): Promise<number>;
  /** Takes nothing new; resolves when the running requests ended, or were cut after the drain time. */
  close(): Promise<void>;
}

const SIGNER_PATH = /^\/(?:signing-profiles|signing-jobs|signing-platforms|revocations|tags)(?:\/|$)/;

/** Which surface a request belongs to; undefined for none. */
export function surfaceOf(path: string): SurfaceName | undefined {
  if (path === '/') return 'ecr';
  if (path === '/v2' || path.startsWith('/v2/')) return 'oci';
  if (SIGNER_PATH.test(path)) return 'signer';
  if (path.startsWith('/trust/') || path.startsWith('/pki/')) return 'pki';
  if (isOperationsPath(path)) return 'operations';
  return undefined;
}

export function makeServer(options: {
  readonly surfaces: Readonly<Record<SurfaceName, Surface>>;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits?: Partial<ServerLimits>;
}): HttpServer {
  const { surfaces, log, metrics } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  let closing = false;

  function finished(
    request: IncomingMessage,
    response: ServerResponse,
    facts: { requestId: string; surface: string; started: number; bytesBefore: SocketBytes },
    report: RequestReport,
  ): void {
    const { requestId, surface, started, bytesBefore } = facts;
    const ms = performance.now() - started;
    const bytesIn = request.socket.bytesRead - bytesBefore.read;
    const bytesOut = request.socket.bytesWritten - bytesBefore.written;
    const { operation, status, errorCode, principal, unexpected } = report;
    metrics.request({ surface, operation, status, seconds: ms / 1000, bytesIn, bytesOut });
    const [path] = (request.url ?? '').split('?', 1);
    const line = {
      requestId,
      surface,
      operation,
      method: request.method,
      path: path?.slice(0, 512),
      status,
      ms: Math.round(ms * 100) / 100,
      bytesIn,
      bytesOut,
      ...(principal === undefined ? {} : { principal: principal.arn }),
      ...(errorCode === undefined ? {} : { error: errorCode }),
      ...(response.writableFinished ? {} : { cut: true }),
    };
    if (unexpected !== undefined) log.error({ ...line, err: unexpected }, 'request failed');
    else log.info(line, 'request');
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const requestId = randomUUID();
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const name = surfaceOf(path);
    const { socket } = request;
    const facts = {
      requestId,
      surface: name ?? 'none',
      started: performance.now(),
      bytesBefore: { read: socket.bytesRead, written: socket.bytesWritten },
    };
    let report: RequestReport | undefined;
    let closed = false;
    // The answer may be on its way still when a surface reports, and a client may be gone before it does.
    const end = () => {
      if (report !== undefined && closed) finished(request, response, facts, report);
    };
    response.once('close', () => {
      closed = true;
      end();
    });
    request.on('error', (error) => log.debug({ requestId, err: error }, 'request stream failed'));
    response.on('error', (error) => log.debug({ requestId, err: error }, 'response stream failed'));
    response.setHeader('X-Request-Id', requestId);
    if (closing) response.setHeader('Connection', 'close');
    if (name === undefined) {
      sendJson(response, 404, { message: 'there is nothing at this path', requestId });
      report = { operation: 'unknown', status: 404 };
      return;
    }
    const meta = {
      requestId,
      sourceIp: socket.remoteAddress ?? '',
      report: (given: RequestReport) => {
        report = given;
        end();
      },
    };
    surfaces[name](request, response, meta).catch((error: unknown) => {
      // A surface answers everything itself, so this is a bug in one.
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { message: 'internal error', requestId });
      report ??= { operation: 'unknown', status: 500, unexpected: error };
      end();
    });
  }

  const settings = {
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    // Bodies of many gigabytes take their time; a stalled one is cut by the idle time.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const server: Server =
    options.tls === undefined
      ? createServer(settings, handle)
      : createTlsServer({ ...settings, ...options.tls, minVersion: 'TLSv1.2' }, handle);
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    log.debug({ err: error }, 'malformed request');
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const status =
      error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          server.on('error', (error) => log.error({ err: error }, 'listener failed'));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) {
          resolve();
          return;
        }
        closing = true;
        const cut = setTimeout(() => server.closeAllConnections(), limits.drainMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

interface SocketBytes {
  readonly read: number;
  readonly written: number;
}
