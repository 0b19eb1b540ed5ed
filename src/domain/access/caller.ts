// Who asks, and how the request came: what every decision starts from, handed on from the surface to whatever decides
// on the caller's behalf (a push is signed as its pusher).
import type { Principal } from './principal.ts';

/** Facts about one request that policies may ask for. */
export interface RequestFacts {
  /** Region of the registry that is asked. */
  readonly region: string;
  readonly sourceIp: string;
  /** Whether it came over TLS. */
  readonly secureTransport: boolean;
  readonly userAgent?: string | undefined;
}

export interface Caller {
  readonly principal: Principal;
  readonly request: RequestFacts;
}
