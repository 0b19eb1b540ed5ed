// Every option there is: name, environment variable, meaning, default and form, in one table. The loader, the
// command line, `--print-config` and docs/config.md all read it; an option that is not here does not exist.
import { z } from 'zod';
import { addressBlocks } from './addresses.ts';
import {
  byteCount,
  byteCountOrAll,
  byteCountText,
  duration,
  durationOrOff,
  durationText,
} from './amounts.ts';
import { baseUrl, embeddedOnly, listenHost, path, port, registryHost, text, wholeNumber } from './forms.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['pretty', 'json'] as const;
export const REFERRERS_OF_DELETED = ['delete', 'keep'] as const;
export const AUDIT_SCOPES = ['all', 'changes', 'off'] as const;
export const AUDIT_FAILURES = ['refuse', 'continue'] as const;
export const AUDIT_SYNCS = ['second', 'always'] as const;

/** One option as the user sees it. */
export interface OptionDefinition<S extends z.ZodType = z.ZodType> {
  /** Without the dashes; also the key in the YAML file. Absent: the environment is the only way in. */
  readonly flag?: string;
  readonly env: string;
  /** Shown in `--help` for the value, e.g. `<port>`. */
  readonly placeholder: string;
  readonly doc: string;
  /** What holds when nobody says anything, in words. */
  readonly defaultDoc: string;
  /** The value is never shown: it is a secret or may hold one. */
  readonly secret?: true;
  readonly schema: S;
}

function option<S extends z.ZodType>(definition: OptionDefinition<S>): OptionDefinition<S> {
  return definition;
}

/** What holds of the limits when nobody says anything. */
export const LIMIT_DEFAULTS = {
  maxConnections: 10_000,
  maxConnectionsPerAddress: 1000,
  maxReferrersPerRepository: 1_000_000,
  /** Milliseconds. */
  idleTime: 60_000,
  minBytesPerSecond: 1024,
  /** Bytes. */
  bodyMemory: 512 * 1024 ** 2,
};

export const OPTIONS = {
  host: option({
    flag: 'host',
    env: 'SEALPORT_HOST',
    placeholder: '<address>',
    doc: 'Address to listen on. `0.0.0.0` or `::` listens on all; put TLS in front or on before you do.',
    defaultDoc: '127.0.0.1',
    schema: listenHost,
  }),
  port: option({
    flag: 'port',
    env: 'SEALPORT_PORT',
    placeholder: '<port>',
    doc: 'Port to listen on; 0 takes a free one.',
    defaultDoc: '5050',
    schema: port,
  }),
  dataDir: option({
    flag: 'data-dir',
    env: 'SEALPORT_DATA_DIR',
    placeholder: '<dir>',
    doc: 'Directory that holds everything: records, layers, keys, credentials. One server at a time.',
    defaultDoc: './data',
    schema: path,
  }),
  publicUrl: option({
    flag: 'public-url',
    env: 'SEALPORT_PUBLIC_URL',
    placeholder: '<url>',
    doc: 'URL that clients use, without a path. Also where the client commands look for the server.',
    defaultDoc: 'http://localhost:<port> (https with TLS)',
    schema: baseUrl(['http', 'https']),
  }),
  pkiUrl: option({
    flag: 'pki-url',
    env: 'SEALPORT_PKI_URL',
    placeholder: '<url>',
    doc: 'Plain http URL for revocation answers. It is meant to be burnt into certificates, so it must stay reachable for as long as signatures are verified.',
    defaultDoc: 'the public URL when that is http; must be given otherwise',
    schema: baseUrl(['http']),
  }),
  accountId: option({
    flag: 'account-id',
    env: 'SEALPORT_ACCOUNT_ID',
    placeholder: '<id>',
    doc: 'Account that owns the registry: 12 digits (quote them in YAML).',
    defaultDoc: '123456789012',
    schema: text.regex(/^\d{12}$/, 'must be 12 digits (in YAML, put them in quotes)'),
  }),
  region: option({
    flag: 'region',
    env: 'SEALPORT_REGION',
    placeholder: '<name>',
    doc: 'Default region. An API call goes to the region of its signature; `/v2` to that of its login.',
    defaultDoc: 'us-east-1',
    schema: text.regex(/^[a-z0-9](?:[a-z0-9-]{0,23}[a-z0-9])$/, 'must be a region name such as us-east-1'),
  }),
  registryHost: option({
    flag: 'registry-host',
    env: 'SEALPORT_REGISTRY_HOST',
    placeholder: '<host>',
    doc: 'Host in image names (repositoryUri). May hold `{account}` and `{region}`, e.g. `{account}.dkr.ecr.{region}.example.com`.',
    defaultDoc: 'host:port of the public URL',
    schema: registryHost,
  }),
  databaseUrl: option({
    flag: 'database-url',
    env: 'SEALPORT_DATABASE_URL',
    placeholder: '<url>',
    doc: 'Where records are kept. Only the embedded default is offered so far; any value is refused.',
    defaultDoc: 'SQLite in the data directory',
    secret: true,
    schema: embeddedOnly('SQLite in the data directory'),
  }),
  blobsUrl: option({
    flag: 'blobs-url',
    env: 'SEALPORT_BLOBS_URL',
    placeholder: '<url>',
    doc: 'Where layers are kept. Only the embedded default is offered so far; any value is refused.',
    defaultDoc: 'files in the data directory',
    secret: true,
    schema: embeddedOnly('files in the data directory'),
  }),
  masterKeyFile: option({
    flag: 'master-key-file',
    env: 'SEALPORT_MASTER_KEY_FILE',
    placeholder: '<file>',
    doc: 'File with the master key that seals all private keys. Without it signing keys cannot be opened: keep a copy apart from the data.',
    defaultDoc: '<data-dir>/master.key, made at the first start',
    schema: path,
  }),
  rootAccessKeyId: option({
    env: 'SEALPORT_ROOT_ACCESS_KEY_ID',
    placeholder: '<id>',
    doc: "Access key id of the account's root; together with the secret, or neither.",
    defaultDoc: 'made at the first start, kept in <data-dir>/credentials (profile `sealport`, mode 0600)',
    schema: text.regex(/^\w{16,128}$/, 'must be 16 to 128 letters, digits or underscores'),
  }),
  rootSecretAccessKey: option({
    env: 'SEALPORT_ROOT_SECRET_ACCESS_KEY',
    placeholder: '<secret>',
    doc: "Secret access key of the account's root: 32 to 256 printable characters without spaces.",
    defaultDoc: 'as above',
    secret: true,
    schema: text.regex(/^[\x21-\x7e]{32,256}$/, 'must be 32 to 256 printable characters without spaces'),
  }),
  tlsCert: option({
    flag: 'tls-cert',
    env: 'SEALPORT_TLS_CERT',
    placeholder: '<file>',
    doc: 'PEM file with the certificate chain; together with the key, or neither.',
    defaultDoc: 'off',
    schema: path,
  }),
  tlsKey: option({
    flag: 'tls-key',
    env: 'SEALPORT_TLS_KEY',
    placeholder: '<file>',
    doc: 'PEM file with the private key of the certificate.',
    defaultDoc: 'off',
    schema: path,
  }),
  maxConnections: option({
    flag: 'max-connections',
    env: 'SEALPORT_MAX_CONNECTIONS',
    placeholder: '<n>',
    doc: 'Connections at a time; what comes beyond is closed.',
    defaultDoc: String(LIMIT_DEFAULTS.maxConnections),
    schema: wholeNumber(1, 1_000_000),
  }),
  maxImagesPerRepository: option({
    flag: 'max-images-per-repository',
    env: 'SEALPORT_MAX_IMAGES_PER_REPOSITORY',
    placeholder: '<n>',
    doc: 'Images of a repository, children of indexes among them, without what refers to an image; 0 for no limit.',
    defaultDoc: '0',
    schema: wholeNumber(0, 1_000_000_000),
  }),
  maxReferrersPerRepository: option({
    flag: 'max-referrers-per-repository',
    env: 'SEALPORT_MAX_REFERRERS_PER_REPOSITORY',
    placeholder: '<n>',
    doc: 'Manifests with a subject (signatures, attestations, SBOMs) that clients may push to a repository; managed signatures do not count; 0 for no limit.',
    defaultDoc: String(LIMIT_DEFAULTS.maxReferrersPerRepository),
    schema: wholeNumber(0, 1_000_000_000),
  }),
  referrersOfDeleted: option({
    flag: 'referrers-of-deleted',
    env: 'SEALPORT_REFERRERS_OF_DELETED',
    placeholder: '<what>',
    doc: 'What becomes of what clients attached to an image that is deleted: `delete` it within a day, unless the image is pushed again, or `keep` it.',
    defaultDoc: 'delete',
    schema: z.enum(REFERRERS_OF_DELETED, { error: `must be one of ${REFERRERS_OF_DELETED.join(', ')}` }),
  }),
  maxConnectionsPerAddress: option({
    flag: 'max-connections-per-address',
    env: 'SEALPORT_MAX_CONNECTIONS_PER_ADDRESS',
    placeholder: '<n>',
    doc: 'Connections at a time from one IPv4 address or IPv6 /64 network; 0 for any number. Behind one of `--trusted-proxies`: requests under way.',
    defaultDoc: String(LIMIT_DEFAULTS.maxConnectionsPerAddress),
    schema: wholeNumber(0, 1_000_000),
  }),
  trustedProxies: option({
    flag: 'trusted-proxies',
    env: 'SEALPORT_TRUSTED_PROXIES',
    placeholder: '<list>',
    doc: "Addresses and networks of proxies in front, e.g. `10.0.0.7,fd00::/8`: what their `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Forwarded-Host` say counts; nobody else's does.",
    defaultDoc: 'none',
    schema: addressBlocks,
  }),
  readThreads: option({
    flag: 'read-threads',
    env: 'SEALPORT_READ_THREADS',
    placeholder: '<n>',
    doc: 'Threads that answer pulls beside the main one, on cores of their own; each needs 30 MiB and its caches.',
    defaultDoc: '0',
    schema: wholeNumber(0, 64),
  }),
  idleTime: option({
    flag: 'idle-time',
    env: 'SEALPORT_IDLE_TIME',
    placeholder: '<duration>',
    doc: 'A connection without a byte in either direction for so long is closed: `90s`, `5m`.',
    defaultDoc: durationText(LIMIT_DEFAULTS.idleTime),
    schema: duration(1000),
  }),
  minBytesPerSecond: option({
    flag: 'min-bytes-per-second',
    env: 'SEALPORT_MIN_BYTES_PER_SECOND',
    placeholder: '<n>',
    doc: 'Pace at which a client must send a body and take an answer, measured over 30 seconds; 0 for any pace.',
    defaultDoc: String(LIMIT_DEFAULTS.minBytesPerSecond),
    schema: wholeNumber(0, 10_000_000),
  }),
  bodyMemory: option({
    flag: 'body-memory',
    env: 'SEALPORT_BODY_MEMORY',
    placeholder: '<bytes>',
    doc: 'Memory for the bodies of API calls and manifests, all together, at least `32MiB`; layers sent to `/v2` need none of it.',
    defaultDoc: byteCountText(LIMIT_DEFAULTS.bodyMemory),
    schema: byteCount.refine(
      (bytes) => bytes >= 32 * 1024 ** 2,
      'must be at least 32MiB: a part of a layer takes 27MiB',
    ),
  }),
  oidcLoopback: option({
    flag: 'oidc-loopback',
    env: 'SEALPORT_OIDC_LOOPBACK',
    placeholder: '<answer>',
    doc: 'Yes or no: whether an identity provider may be one on this machine, over http (`http://localhost:…`); for tests.',
    defaultDoc: 'no',
    schema: z.enum(['yes', 'no'], { error: 'must be yes or no' }),
  }),
  gcInterval: option({
    flag: 'gc-interval',
    env: 'SEALPORT_GC_INTERVAL',
    placeholder: '<duration>',
    doc: 'How often what nobody uses is removed: `30m`, `6h`, `1d`; `off` leaves it to `sealport gc`.',
    defaultDoc: '1h',
    schema: durationOrOff(1000),
  }),
  gcGrace: option({
    flag: 'gc-grace',
    env: 'SEALPORT_GC_GRACE',
    placeholder: '<duration>',
    doc: 'How long a layer stays that was pushed, mounted or asked for and that no image names (yet). Must be longer than any push takes.',
    defaultDoc: '24h',
    schema: duration(1000),
  }),
  scrubInterval: option({
    flag: 'scrub-interval',
    env: 'SEALPORT_SCRUB_INTERVAL',
    placeholder: '<duration>',
    doc: 'How often every layer and every manifest is read and its digest verified; `off` leaves it to `sealport scrub`.',
    defaultDoc: '7d',
    schema: durationOrOff(1000),
  }),
  scrubRate: option({
    flag: 'scrub-rate',
    env: 'SEALPORT_SCRUB_RATE',
    placeholder: '<bytes>',
    doc: 'Bytes that this reads in a second at most: `512KiB`, `16MiB`, `1GiB`.',
    defaultDoc: '16MiB',
    schema: byteCount,
  }),
  audit: option({
    flag: 'audit',
    env: 'SEALPORT_AUDIT',
    placeholder: '<what>',
    doc: 'What the audit trail keeps: `all`; `changes`: all but reads that were allowed; `off`: nothing.',
    defaultDoc: 'all',
    schema: z.enum(AUDIT_SCOPES, { error: `must be one of ${AUDIT_SCOPES.join(', ')}` }),
  }),
  auditOnFailure: option({
    flag: 'audit-on-failure',
    env: 'SEALPORT_AUDIT_ON_FAILURE',
    placeholder: '<what>',
    doc: 'When the audit trail cannot be written: `refuse` changes and signatures until it can, or `continue` without records.',
    defaultDoc: 'refuse',
    schema: z.enum(AUDIT_FAILURES, { error: `must be one of ${AUDIT_FAILURES.join(', ')}` }),
  }),
  auditSync: option({
    flag: 'audit-sync',
    env: 'SEALPORT_AUDIT_SYNC',
    placeholder: '<when>',
    doc: 'When records of the audit trail are forced onto the disk: each `second` (a power cut may take the last one; the end of the process takes nothing), or `always` before the answer to a change.',
    defaultDoc: 'second',
    schema: z.enum(AUDIT_SYNCS, { error: `must be one of ${AUDIT_SYNCS.join(', ')}` }),
  }),
  auditKeep: option({
    flag: 'audit-keep',
    env: 'SEALPORT_AUDIT_KEEP',
    placeholder: '<bytes>',
    doc: 'How much of the audit trail is kept, such as `512MiB` or `20GiB`: beyond it the oldest files are removed, which is recorded; `all` keeps all.',
    defaultDoc: 'all',
    schema: byteCountOrAll,
  }),
  logLevel: option({
    flag: 'log-level',
    env: 'SEALPORT_LOG_LEVEL',
    placeholder: '<level>',
    doc: `How much is logged: ${LOG_LEVELS.join(', ')}.`,
    defaultDoc: 'info',
    schema: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }),
  }),
  logFormat: option({
    flag: 'log-format',
    env: 'SEALPORT_LOG_FORMAT',
    placeholder: '<format>',
    doc: 'Form of the log: pretty, json.',
    defaultDoc: 'pretty on a terminal, else json',
    schema: z.enum(LOG_FORMATS, { error: `must be one of ${LOG_FORMATS.join(', ')}` }),
  }),
} as const;

export type OptionKey = keyof typeof OPTIONS;

/** What the user gave, parsed; an option that nobody gave is absent. */
export type GivenOptions = { readonly [K in OptionKey]?: z.output<(typeof OPTIONS)[K]['schema']> };

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

/** The variable that names the YAML file; it is no option of the file itself. */
export const CONFIG_FILE_ENV = 'SEALPORT_CONFIG';
