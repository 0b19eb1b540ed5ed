// What a client can make grow, and how far, for the listener and for bodies. What is not fixed here is in the
// configuration. docs/limits.md is the table of all limits.
import type { Rate } from '../shared/address-budget.ts';

export interface ServerLimits {
  /** Bytes of a request's head. */
  readonly headBytes: number;
  /** Milliseconds in which a head, or a TLS handshake, must be whole. */
  readonly headMs: number;
  /** Milliseconds without a byte in either direction after which a connection is cut. */
  readonly idleMs: number;
  readonly keepAliveMs: number;
  /** Milliseconds that running requests have to end when the server stops. */
  readonly drainMs: number;
  readonly connections: number;
  /** Connections of one remote address (of one /64 network for IPv6); 0 for any number. */
  readonly connectionsPerAddress: number;
  /** Bytes a second that a client must send of a body, and take of an answer; 0 for any pace. */
  readonly bytesPerSecond: number;
  /** Milliseconds over which that pace is measured. */
  readonly paceMs: number;
  /** Bytes of all bodies together that are held in memory at a time. */
  readonly bodyMemoryBytes: number;
  /** Lines of the log about requests of nobody who is known, of one address. */
  readonly strangerLines: Rate;
  /** The same of all addresses. */
  readonly allStrangerLines: Rate;
}

/** The limits that no option changes. */
const FIXED_LIMITS = {
  headBytes: 16 * 1024,
  headMs: 30_000,
  keepAliveMs: 65_000,
  drainMs: 30_000,
  paceMs: 30_000,
  strangerLines: { atOnce: 100, perSecond: 2 },
  allStrangerLines: { atOnce: 1000, perSecond: 50 },
} as const satisfies Partial<ServerLimits>;

/** The limits of a server whose options say so much. */
export function limitsOf(options: {
  readonly idleTime: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly minBytesPerSecond: number;
  readonly bodyMemory: number;
}): ServerLimits {
  return {
    ...FIXED_LIMITS,
    idleMs: options.idleTime,
    connections: options.maxConnections,
    connectionsPerAddress: options.maxConnectionsPerAddress,
    bytesPerSecond: options.minBytesPerSecond,
    bodyMemoryBytes: options.bodyMemory,
  };
}

/** What one of `listeners` on the same port may have: all of them together keep to the limits. */
export function shareOfLimits(limits: ServerLimits, listeners: number): ServerLimits {
  return {
    ...limits,
    connections: Math.ceil(limits.connections / listeners),
    connectionsPerAddress: Math.ceil(limits.connectionsPerAddress / listeners),
    strangerLines: shareOf(limits.strangerLines, listeners),
    allStrangerLines: shareOf(limits.allStrangerLines, listeners),
  };
}

function shareOf({ atOnce, perSecond }: Rate, listeners: number): Rate {
  return { atOnce: Math.ceil(atOnce / listeners), perSecond: perSecond / listeners };
}
