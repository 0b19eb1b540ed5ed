// The listener: one port for all surfaces. Gives each request an id, refuses heads and connections beyond the limits,
// picks the surface, writes one log line and its counts, and ends without cutting off what runs. It never looks into
// a request beyond its head.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import {
  type AddressInfo,
  createServer as createNetServer,
  type ListenOptions,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { AuditedCall, CallAudit } from '../domain/audit/index.ts';
import { createServer } from '../shared/node-http.ts';
import { NO_SNIFFING, presetHeaders } from './answers.ts';
import { sendRefusedJson } from './bounded-refusal.ts';
import { type Client, makeClients, passedOnClientOf, setHost } from './client.ts';
import { makeConnections } from './connections.ts';
import type { ServerLimits } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { bytesPastStream } from './past-stream.ts';
import { pickSurface, type SurfaceName } from './pick-surface.ts';
import { drainBody, hasBody } from './read-body.ts';
import { type Refusal, refusal, refusalOfParser, refusalText, sendRefusal } from './refusal.ts';
import { MAX_HEADERS, refusalOfHead } from './request-head.ts';
import { makeRequestLines } from './request-lines.ts';
import type { RequestReport, Surface } from './surface.ts';

export interface HttpServer {
  /**
   * Resolves with the port that is listened on. Rejects when the address cannot be had. `sharing`: several threads of this
   * process listen there, and the system divides the connections; this one is the first, or comes after it.
   */
  listen(host: string, port: number, sharing?: 'first' | 'further'): Promise<number>;
  /** Also takes what other threads of this process pass on, at a socket in the file system that nobody else can reach. */
  listenForThreads(path: string): Promise<void>;
  /** Takes nothing new; resolves when the running requests ended, or were cut after the drain time. */
  close(): Promise<void>;
}

export function makeServer(options: {
  readonly surfaces: Readonly<Record<SurfaceName, Surface>>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'request' | 'connectionRefused'>;
  readonly audit: CallAudit;
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly limits: ServerLimits;
  /** Addresses and networks of proxies whose word on their clients counts. */
  readonly trustedProxies?: readonly string[];
}): HttpServer {
  const { surfaces, log, metrics, audit, limits } = options;
  const requestLines = makeRequestLines({
    log,
    perAddress: limits.strangerLines,
    together: limits.allStrangerLines,
  });
  const clients = makeClients(options.trustedProxies ?? []);
  const connections = makeConnections(limits);
  let closing = false;

  function finished(
    request: IncomingMessage,
    response: ServerResponse,
    facts: {
      requestId: string;
      surface: string;
      address: string;
      started: number;
      bytesBefore: SocketBytes;
    },
    report: RequestReport,
  ): void {
    const { requestId, surface, address, started, bytesBefore } = facts;
    const ms = performance.now() - started;
    const bytesIn = request.socket.bytesRead - bytesBefore.read;
    const bytesOut = request.socket.bytesWritten - bytesBefore.written + bytesPastStream(response);
    const { operation, status, errorCode, reason, principal, unexpected } = report;
    if (report.isPassedOn === true) return;
    metrics.request({ surface, operation, status, seconds: ms / 1000, bytesIn, bytesOut });
    if (unexpected === undefined && !log.isLevelEnabled('info')) return;
    if (principal === undefined && report.isSealed !== true && !requestLines.allows(address)) return;
    const [path] = (request.url ?? '').split('?', 1);
    const line = {
      requestId,
      surface,
      operation,
      method: request.method,
      path: path?.slice(0, 512),
      address,
      status,
      ms: Math.round(ms * 100) / 100,
      bytesIn,
      bytesOut,
      ...(principal === undefined ? {} : { principal: principal.arn }),
      ...(errorCode === undefined ? {} : { error: errorCode }),
      ...(reason === undefined ? {} : { reason: reason.slice(0, 512) }),
      ...(response.writableFinished ? {} : { cut: true }),
    };
    if (unexpected !== undefined) log.error({ ...line, err: unexpected }, 'request failed');
    else log.info(line, 'request');
  }

  /** A proxy has one address for all of its clients: theirs count, by requests. */
  function refusalOfClient({ isForwarded, address }: Client, response: ServerResponse): Refusal | undefined {
    if (!isForwarded || connections.openForwarded(address, response)) return undefined;
    metrics.connectionRefused('address');
    return refusal(
      429,
      'TooManyRequestsException',
      'Too many requests of this address are under way',
      'TOOMANYREQUESTS',
    );
  }

  function handle(
    request: IncomingMessage,
    response: ServerResponse,
    waits: boolean,
    passedOnFor: Client | undefined,
  ): void {
    const requestId = randomUUID();
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const name = pickSurface(path, request);
    const { socket } = request;
    const client = passedOnFor ?? clients.clientOf(request);
    const { address: sourceIp, isEncrypted } = client;
    const facts = {
      requestId,
      surface: name ?? 'none',
      address: sourceIp,
      started: performance.now(),
      bytesBefore: { read: socket.bytesRead, written: socket.bytesWritten },
    };
    let report: RequestReport | undefined;
    let closed = false;
    // The answer may be on its way still when a surface reports, and a client may be gone before it does.
    const end = () => {
      if (report !== undefined && closed) finished(request, response, facts, report);
    };
    response.on('close', () => {
      closed = true;
      end();
      // Who keeps a connection for later would keep the server from ending.
      if (closing) setImmediate(() => server.closeIdleConnections());
    });
    // Whatever nobody read: the next request begins behind it. First, because Node would throw it away without a limit.
    if (hasBody(request))
      response.prependOnceListener('finish', () => drainBody(request, passedOnFor === undefined));
    request.on('error', (error) => log.debug({ requestId, err: error }, 'request stream failed'));
    response.on('error', (error) => log.debug({ requestId, err: error }, 'response stream failed'));
    presetHeaders(response, { 'X-Request-Id': requestId, ...NO_SNIFFING });
    if (closing) response.setHeader('Connection', 'close');
    // A head that was passed on was looked at where it came.
    const refused =
      passedOnFor === undefined ? (refusalOfHead(request) ?? refusalOfClient(client, response)) : undefined;
    if (refused !== undefined) {
      sendRefusal(response, refused, requestId);
      report = { operation: 'unknown', status: refused.status, errorCode: refused.code };
      return;
    }
    if (waits) inviteBody(request, response, !closing);
    if (name === undefined) {
      sendRefusedJson(response, 404, { message: 'there is nothing at this path', requestId });
      report = { operation: 'unknown', status: 404 };
      return;
    }
    if (client.host !== undefined) setHost(request, client.host);
    const origin = { requestId, sourceIp, userAgent: request.headers['user-agent'] };
    const meta = {
      requestId,
      sourceIp,
      isEncrypted,
      audit: {
        requireReady: () => audit.requireReady(),
        record: (call: AuditedCall) => audit.record(call, origin),
      },
      report: (given: RequestReport) => {
        report = given;
        end();
      },
    };
    surfaces[name](request, response, meta).catch((error: unknown) => {
      // A surface answers everything itself, so this is a bug in one.
      if (response.headersSent) response.destroy();
      else sendRefusedJson(response, 500, { message: 'internal error', requestId });
      report ??= { operation: 'unknown', status: 500, unexpected: error };
      end();
    });
  }

  const settings = {
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    connectionsCheckingInterval: Math.min(limits.headMs, 5000),
    // Bodies of many gigabytes take their time; each must keep its pace.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const server: Server =
    options.tls === undefined
      ? createServer(settings)
      : createTlsServer({
          ...settings,
          ...options.tls,
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.headMs,
        });
  server.maxConnections = limits.connections;
  // Node drops what is beyond; one more than allowed is enough to see it.
  server.maxHeadersCount = MAX_HEADERS + 1;
  server.setTimeout(limits.idleMs);
  /** `waits`: the client sends its body when it is told to. */
  const inOrder = (waits: boolean) => (request: IncomingMessage, response: ServerResponse) =>
    connections.enqueue(request.socket, response, () => handle(request, response, waits, undefined));
  server.on('request', inOrder(false));
  server.on('checkContinue', inOrder(true));
  server.on('checkExpectation', inOrder(false));
  server.on('connection', (socket: Socket) => {
    if (clients.isTrusted(socket) || connections.open(socket)) return;
    metrics.connectionRefused('address');
    socket.destroy();
  });
  server.on('drop', () => metrics.connectionRefused('server'));
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuseConnection(socket, refusal(405, 'MethodNotAllowedException', 'This is no proxy'));
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    log.debug({ err: error }, 'malformed request');
    const current = connections.current(socket);
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else if (current === undefined) refuseConnection(socket, refusalOfParser(error.code, error.rawPacket));
    // What is malformed comes behind a request that is whole: that one gets its answer.
    else if (current.req.complete) connections.endAfterCurrent(socket);
    else if (current.headersSent) socket.destroy();
    else refuseConnection(socket, refusalOfParser(error.code, error.rawPacket));
  });

  // Idle connections, and clients that are slow, are the other threads' business.
  const inner = createServer({ ...settings, maxHeaderSize: 2 * limits.headBytes, keepAliveTimeout: 0 });
  inner.maxHeadersCount = 2 * MAX_HEADERS;
  inner.on('request', (request, response) =>
    connections.enqueue(request.socket, response, () =>
      handle(request, response, false, passedOnClientOf(request)),
    ),
  );

  return {
    async listen(host, port, sharing) {
      // Whoever has a shared port shares it with any process of the same user: it must be nobody's yet.
      if (sharing === 'first') await probe(host, port);
      await listening(server, { host, port, reusePort: sharing !== undefined });
      server.on('error', (error) => log.error({ err: error }, 'listener failed'));
      return (server.address() as AddressInfo).port;
    },
    async listenForThreads(path) {
      await listening(inner, { path });
      inner.on('error', (error) => log.error({ err: error }, 'listener failed'));
    },
    async close() {
      closing = true;
      await Promise.all([server, inner].map(end));
      connections.stop();
      requestLines.flush();
    },
  };

  /** Resolves when the running requests have ended, or were cut. */
  function end(listener: Server): Promise<void> {
    if (!listener.listening) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = setTimeout(() => listener.closeAllConnections(), limits.drainMs);
      listener.close(() => {
        clearTimeout(cut);
        resolve();
      });
      listener.closeIdleConnections();
    });
  }
}

/** Rejects when it cannot be listened on. */
function listening(listener: NetServer, on: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(on, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}

async function probe(host: string, port: number): Promise<void> {
  const listener = createNetServer();
  await listening(listener, { host, port });
  await new Promise((resolve) => listener.close(resolve));
}

interface SocketBytes {
  readonly read: number;
  readonly written: number;
}

/**
 * Tells a client that waits to send its body, as soon as somebody reads it. One that is refused instead is told to
 * close: nobody could say whether the next bytes are the body or another request (RFC 9110, section 10.1.1).
 */
function inviteBody(request: IncomingMessage, response: ServerResponse, keepAlive: boolean): void {
  response.setHeader('Connection', 'close');
  request.once('resume', () => {
    if (response.headersSent) return;
    if (keepAlive) response.removeHeader('Connection');
    response.writeContinue();
  });
}

/** How long a refused client has to read why. */
const LINGER_MS = 1000;

function refuseConnection(socket: Duplex, refused: Refusal): void {
  socket.on('error', () => socket.destroy());
  socket.end(refusalText(refused, randomUUID()));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
