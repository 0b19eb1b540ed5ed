// The configuration as the rest of the program gets it.
import type { AUDIT_FAILURES, AUDIT_SCOPES, AUDIT_SYNCS, LOG_FORMATS, LOG_LEVELS } from './schema.ts';

/** The whole configuration of a server, checked and frozen. */
export interface Config {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Absolute path. */
  readonly dataDir: string;
  /** Origin without a slash at the end, e.g. `http://localhost:5050`. */
  readonly publicUrl: string;
  /** Origin of plain http. */
  readonly pkiUrl: string;
  /** 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** `host[:port]`, may hold `{account}` and `{region}`. */
  readonly registryHost: string;
  /** Absolute path. */
  readonly masterKeyFile: string;
  /** The root key pair when it was given; else it lives in the data directory (credentials.ts). */
  readonly rootCredentials?: RootCredentials;
  /** PEM files, absolute paths. Absent: plain http. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly maxConnections: number;
  /** 0 for no limit. */
  readonly maxImagesPerRepository: number;
  /** 0 for no limit. */
  readonly maxReferrersPerRepository: number;
  readonly referrersOfDeleted: 'delete' | 'keep';
  /** 0: any number. */
  readonly maxConnectionsPerAddress: number;
  /** Addresses and networks (CIDR). */
  readonly trustedProxies: readonly string[];
  /** Beside the main one. */
  readonly readThreads: number;
  /** Milliseconds. */
  readonly idleTime: number;
  /** 0: any pace. */
  readonly minBytesPerSecond: number;
  /** Bytes. */
  readonly bodyMemory: number;
  readonly oidcLoopback: boolean;
  /** ms. */
  readonly gcInterval: number | 'off';
  /** ms. */
  readonly gcGrace: number;
  /** ms. */
  readonly scrubInterval: number | 'off';
  /** Bytes in a second. */
  readonly scrubRate: number;
  readonly audit: (typeof AUDIT_SCOPES)[number];
  readonly auditOnFailure: (typeof AUDIT_FAILURES)[number];
  readonly auditSync: (typeof AUDIT_SYNCS)[number];
  /** Bytes, or all. */
  readonly auditKeep: number | 'all';
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logFormat: (typeof LOG_FORMATS)[number];
}

/** A long-lived access key of the account's root. */
export interface RootCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
