// Who is at the other end of a request: the connection's own address, or, of a request that a thread passes on, what that
// thread says of its connection.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

export interface Client {
  readonly address: string;
  readonly isEncrypted: boolean;
}

/** Written by threads of this process alone, on a socket that nobody else can reach; a client's own is dropped. */
export const CLIENT_HEADER = 'sealport-client';

export function clientOf({ socket }: IncomingMessage): Client {
  return {
    address: socket.remoteAddress ?? '',
    isEncrypted: (socket as Partial<TLSSocket>).encrypted === true,
  };
}

export function clientText({ address, isEncrypted }: Client): string {
  return `${isEncrypted ? 'encrypted' : 'plain'} ${address}`;
}

/** Of a request that was passed on. */
export function passedOnClientOf({ headers }: IncomingMessage): Client {
  const [kind, address = ''] = String(headers[CLIENT_HEADER]).split(' ');
  return { address, isEncrypted: kind === 'encrypted' };
}
