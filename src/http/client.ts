// Who is at the other end of a request: the connection's own address; of a proxy that the operator trusts, what that says of
// its client; of a request that a thread passes on, what that thread found.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { isInBlock, parseIpAddress, parseIpBlock } from '../shared/ip-address.ts';

export interface Client {
  readonly address: string;
  readonly isEncrypted: boolean;
  /** Whether a trusted proxy named the address: its connections are not the client's. */
  readonly isForwarded: boolean;
  /** The Host that the client sent, where a trusted proxy says that it was another one. */
  readonly host?: string | undefined;
}

export interface Clients {
  /** Whether what this peer says of its clients is believed. */
  isTrusted(socket: Socket): boolean;
  clientOf(request: IncomingMessage): Client;
}

/** Written by threads of this process alone, on a socket that nobody else can reach; a client's own is dropped. */
export const CLIENT_HEADER = 'sealport-client';

/** Proxies one behind the other that are looked through; more than that nobody has. */
const MAX_HOPS = 16;
/** A host name or address, with a port or without. */
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/** `trustedProxies`: addresses and networks. What their `X-Forwarded-…` headers say counts; everybody else's is not read. */
export function makeClients(trustedProxies: readonly string[]): Clients {
  const blocks = trustedProxies.flatMap((text) => parseIpBlock(text) ?? []);
  const known = new WeakMap<Socket, boolean>();

  function isTrustedAddress(text: string): boolean {
    const address = parseIpAddress(text);
    return address !== undefined && blocks.some((block) => isInBlock(address, block));
  }

  function isTrusted(socket: Socket): boolean {
    if (blocks.length === 0) return false;
    let trusted = known.get(socket);
    if (trusted === undefined) {
      trusted = isTrustedAddress(socket.remoteAddress ?? '');
      known.set(socket, trusted);
    }
    return trusted;
  }

  /**
   * Each proxy adds the address that it was called from: from the right, the first that is no trusted proxy is the client.
   * What is no address ends the search, because nobody vouches for what stands before it. Gives how many proxies it was too.
   */
  function forwardedFor(text: string | undefined, peer: string): { address: string; hops: number } {
    const entries = (text ?? '').split(',');
    let address = peer;
    let hops = 0;
    while (hops < Math.min(entries.length, MAX_HOPS)) {
      const next = addressIn(entries[entries.length - 1 - hops] ?? '');
      if (next === undefined) break;
      address = next;
      hops += 1;
      if (!isTrustedAddress(next)) break;
    }
    return { address, hops };
  }

  return {
    isTrusted,
    clientOf(request) {
      const { socket, headers } = request;
      const peer = socket.remoteAddress ?? '';
      const isEncrypted = (socket as Partial<TLSSocket>).encrypted === true;
      if (!isTrusted(socket)) return { address: peer, isEncrypted, isForwarded: false };
      const { address, hops } = forwardedFor(textOf(headers['x-forwarded-for']), peer);
      const scheme = entryOf(textOf(headers['x-forwarded-proto']), hops)?.toLowerCase();
      const host = entryOf(textOf(headers['x-forwarded-host']), hops);
      return {
        address,
        isEncrypted: scheme === 'https' || scheme === 'wss' || (scheme === undefined && isEncrypted),
        isForwarded: hops > 0,
        host: host !== undefined && HOST.test(host) ? host : undefined,
      };
    },
  };
}

/** What the proxy wrote that the client called; the first where fewer proxies have written. */
function entryOf(text: string | undefined, hops: number): string | undefined {
  if (text === undefined) return undefined;
  const entries = text.split(',');
  return entries[Math.max(entries.length - Math.max(hops, 1), 0)]?.trim();
}

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.join(',');
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`; undefined for all else. */
function addressIn(entry: string): string | undefined {
  const text = entry.trim();
  if (text.length > 64) return undefined;
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  return parseIpAddress(bare) === undefined ? undefined : bare;
}

/** Everything behind the listener sees the host that the client called, and signed. */
export function setHost(request: IncomingMessage, host: string): void {
  request.headers.host = host;
  request.headersDistinct['host'] = [host];
}

export function clientText({ address, isEncrypted }: Pick<Client, 'address' | 'isEncrypted'>): string {
  return `${isEncrypted ? 'encrypted' : 'plain'} ${address}`;
}

/** Of a request that was passed on. */
export function passedOnClientOf({ headers }: IncomingMessage): Client {
  const [kind, address = ''] = String(headers[CLIENT_HEADER]).split(' ');
  return { address, isEncrypted: kind === 'encrypted', isForwarded: false };
}
