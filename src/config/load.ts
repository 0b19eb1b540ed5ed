// Flag > environment > YAML file > default, into one frozen Config. Anything odd (an unknown name, a bad value,
// options that do not fit together) is a ConfigError with one line. Never guesses, never falls back on a bad value.
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type * as Yaml from 'yaml';
import type { Config, RootCredentials } from './config.ts';
import { ConfigError } from './config-error.ts';
import {
  CONFIG_FILE_ENV,
  type GivenOptions,
  LIMIT_DEFAULTS,
  OPTION_KEYS,
  OPTIONS,
  type OptionDefinition,
  type OptionKey,
} from './schema.ts';

const DEFAULT_PORT = 5050;
const DEFAULT_ACCOUNT_ID = '123456789012';
const DEFAULT_REGION = 'us-east-1';
const HOUR_MS = 3_600_000;
const DEFAULT_GC_INTERVAL_MS = HOUR_MS;
const DEFAULT_GC_GRACE_MS = 24 * HOUR_MS;
const DEFAULT_SCRUB_INTERVAL_MS = 7 * 24 * HOUR_MS;
const DEFAULT_SCRUB_RATE = 16 * 1024 * 1024;

/** Where a value came from, as it is shown to the user. */
export type OptionSource =
  | { readonly kind: 'flag' }
  | { readonly kind: 'environment' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'default' };

export interface ConfigInputs {
  /** Flags as the command line had them, by name without dashes (`data-dir`); undefined ones were not given. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path given by `--config`. */
  readonly configFile?: string | undefined;
  /** Reads a text file; throws a system error. */
  readonly readFile: (path: string) => string;
  /** Whether the log goes to a terminal (decides the default log format). */
  readonly isTerminal: boolean;
}

/** What a command that talks to a server needs to know. */
export interface ClientConfig {
  /** Origin of the server. */
  readonly endpoint: string;
  /** Absolute path; may not exist. */
  readonly dataDir: string;
  readonly accountId: string;
  readonly region: string;
  readonly rootCredentials?: RootCredentials;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<OptionKey, OptionSource>>;
}

/** Reads, merges and checks the configuration of a server. Throws ConfigError. */
export function loadConfig(inputs: ConfigInputs): LoadedConfig {
  const { given, sources } = readOptions(inputs);
  return { config: complete(given, inputs.isTerminal), sources };
}

/** Reads what a client command needs of the same configuration. Throws ConfigError. */
export function loadClientConfig(inputs: ConfigInputs): ClientConfig {
  const { given } = readOptions(inputs);
  const rootCredentials = rootCredentialsOf(given);
  return Object.freeze({
    endpoint: publicUrlOf(given),
    dataDir: given.dataDir ?? resolve('data'),
    accountId: given.accountId ?? DEFAULT_ACCOUNT_ID,
    region: given.region ?? DEFAULT_REGION,
    ...(rootCredentials !== undefined && { rootCredentials }),
  });
}

function readOptions(inputs: ConfigInputs): { given: GivenOptions; sources: LoadedConfig['sources'] } {
  refuseUnknownVariables(inputs.env);
  const file = readConfigFile(inputs);
  const given: Record<string, unknown> = {};
  const sources: Partial<Record<OptionKey, OptionSource>> = {};
  for (const key of OPTION_KEYS) {
    const found = find(OPTIONS[key], inputs, file);
    sources[key] = found?.source ?? { kind: 'default' };
    if (found === undefined) continue;
    const result = OPTIONS[key].schema.safeParse(found.text);
    if (!result.success)
      throw new ConfigError(
        `${found.name}: ${shown(OPTIONS[key], found.text)} ${firstMessage(result.error.issues)}`,
      );
    given[key] = result.data;
  }
  return { given, sources: Object.freeze(sources) as LoadedConfig['sources'] };
}

/**
 * The configuration of a server that was started with port 0 and listens on `port`: every derived or given
 * address that still says port 0 says the real one.
 */
export function withListeningPort(config: Config, port: number): Config {
  const real = (address: string): string => address.replace(/:0$/, `:${port}`);
  return Object.freeze({
    ...config,
    port,
    publicUrl: real(config.publicUrl),
    pkiUrl: real(config.pkiUrl),
    registryHost: real(config.registryHost),
  });
}

/** The host of image names for one registry. */
export function registryHostFor(config: Config, accountId: string, region: string): string {
  return config.registryHost.replaceAll('{account}', accountId).replaceAll('{region}', region);
}

interface Found {
  readonly text: string;
  /** How an error names it. */
  readonly name: string;
  readonly source: OptionSource;
}

interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

function find(
  option: OptionDefinition,
  inputs: ConfigInputs,
  file: ConfigFile | undefined,
): Found | undefined {
  const flagText = option.flag === undefined ? undefined : inputs.flags[option.flag];
  if (flagText !== undefined) return { text: flagText, name: `--${option.flag}`, source: { kind: 'flag' } };
  const envText = inputs.env[option.env];
  if (envText !== undefined) return { text: envText, name: option.env, source: { kind: 'environment' } };
  const fileText = option.flag === undefined ? undefined : file?.values.get(option.flag);
  if (fileText !== undefined && file !== undefined)
    return {
      text: fileText,
      name: `${option.flag} (in ${file.path})`,
      source: { kind: 'file', path: file.path },
    };
  return undefined;
}

function readConfigFile(inputs: ConfigInputs): ConfigFile | undefined {
  const given = inputs.configFile ?? inputs.env[CONFIG_FILE_ENV];
  if (given === undefined) return undefined;
  const name = inputs.configFile === undefined ? CONFIG_FILE_ENV : '--config';
  const path = resolve(given);
  // Loaded when there is a file: most starts have none.
  const { parse }: typeof Yaml = createRequire(import.meta.url)('yaml');
  let parsed: unknown;
  try {
    parsed = parse(inputs.readFile(path), { maxAliasCount: 0 });
  } catch (error) {
    throw new ConfigError(`${name}: cannot read ${path}: ${firstLine(error)}`, { cause: error });
  }
  if (parsed === null) return { path, values: new Map() };
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new ConfigError(`${name}: ${path} must be a YAML mapping of options to values`);
  const known = OPTION_KEYS.flatMap((key) => flagName(OPTIONS[key]) ?? []);
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(parsed)) {
    if (!known.includes(key)) {
      const environmentOnly = OPTION_KEYS.map((k) => OPTIONS[k]).find(
        (o) => flagName(o) === undefined && o.env === `SEALPORT_${key.replaceAll('-', '_').toUpperCase()}`,
      );
      const hint = environmentOnly
        ? `: it is read from the environment only, as ${environmentOnly.env}`
        : suggestion(key, known);
      throw new ConfigError(`${key} (in ${path}): no such option${hint}`);
    }
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new ConfigError(`${key} (in ${path}): the value must be a text or a number`);
    values.set(key, String(value));
  }
  return { path, values };
}

function refuseUnknownVariables(env: ConfigInputs['env']): void {
  const known = [CONFIG_FILE_ENV, ...OPTION_KEYS.map((key) => OPTIONS[key].env)];
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('SEALPORT_') || value === undefined || known.includes(name)) continue;
    // Kubernetes gives each pod variables about each service; one named "sealport" looks like this.
    const link = /^SEALPORT_(?:SERVICE_|PORT_\d)/.test(name)
      ? ' (it looks like a Kubernetes service link: set enableServiceLinks: false on the pod)'
      : suggestion(name, known);
    throw new ConfigError(`${name}: no such variable${link}`);
  }
}

function complete(given: GivenOptions, isTerminal: boolean): Config {
  if ((given.tlsCert === undefined) !== (given.tlsKey === undefined))
    throw new ConfigError('--tls-cert and --tls-key: give both or neither');
  const publicUrl = publicUrlOf(given);
  const pkiUrl = given.pkiUrl ?? (publicUrl.startsWith('http:') ? publicUrl : undefined);
  if (pkiUrl === undefined)
    throw new ConfigError(
      '--pki-url: must be given when the public URL is https, because addresses in certificates must be plain http',
    );
  const dataDir = given.dataDir ?? resolve('data');
  const rootCredentials = rootCredentialsOf(given);
  return Object.freeze<Config>({
    host: given.host ?? '127.0.0.1',
    port: given.port ?? DEFAULT_PORT,
    dataDir,
    publicUrl,
    pkiUrl,
    accountId: given.accountId ?? DEFAULT_ACCOUNT_ID,
    region: given.region ?? DEFAULT_REGION,
    registryHost: given.registryHost ?? publicUrl.slice(publicUrl.indexOf('://') + 3),
    masterKeyFile: given.masterKeyFile ?? join(dataDir, 'master.key'),
    ...(rootCredentials !== undefined && { rootCredentials }),
    ...(given.tlsCert !== undefined &&
      given.tlsKey !== undefined && {
        tls: Object.freeze({ certFile: given.tlsCert, keyFile: given.tlsKey }),
      }),
    maxImagesPerRepository: given.maxImagesPerRepository ?? 0,
    maxReferrersPerRepository: given.maxReferrersPerRepository ?? LIMIT_DEFAULTS.maxReferrersPerRepository,
    referrersOfDeleted: given.referrersOfDeleted ?? 'delete',
    maxConnections: given.maxConnections ?? LIMIT_DEFAULTS.maxConnections,
    maxConnectionsPerAddress: given.maxConnectionsPerAddress ?? LIMIT_DEFAULTS.maxConnectionsPerAddress,
    trustedProxies: given.trustedProxies ?? [],
    readThreads: given.readThreads ?? 0,
    idleTime: given.idleTime ?? LIMIT_DEFAULTS.idleTime,
    minBytesPerSecond: given.minBytesPerSecond ?? LIMIT_DEFAULTS.minBytesPerSecond,
    bodyMemory: given.bodyMemory ?? LIMIT_DEFAULTS.bodyMemory,
    gcInterval: given.gcInterval ?? DEFAULT_GC_INTERVAL_MS,
    gcGrace: given.gcGrace ?? DEFAULT_GC_GRACE_MS,
    scrubInterval: given.scrubInterval ?? DEFAULT_SCRUB_INTERVAL_MS,
    scrubRate: given.scrubRate ?? DEFAULT_SCRUB_RATE,
    audit: given.audit ?? 'all',
    auditOnFailure: given.auditOnFailure ?? 'refuse',
    auditSync: given.auditSync ?? 'second',
    auditKeep: given.auditKeep ?? 'all',
    logLevel: given.logLevel ?? 'info',
    oidcLoopback: given.oidcLoopback === 'yes',
    logFormat: given.logFormat ?? (isTerminal ? 'pretty' : 'json'),
  });
}

function publicUrlOf(given: GivenOptions): string {
  const scheme = given.tlsCert === undefined ? 'http' : 'https';
  return given.publicUrl ?? `${scheme}://localhost:${given.port ?? DEFAULT_PORT}`;
}

function rootCredentialsOf(given: GivenOptions): RootCredentials | undefined {
  const { rootAccessKeyId: accessKeyId, rootSecretAccessKey: secretAccessKey } = given;
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new ConfigError(
      `${OPTIONS.rootAccessKeyId.env} and ${OPTIONS.rootSecretAccessKey.env}: give both or neither`,
    );
  return Object.freeze({ accessKeyId, secretAccessKey });
}

function flagName(option: OptionDefinition): string | undefined {
  return option.flag;
}

function shown(option: OptionDefinition, text: string): string {
  if (option.secret) return 'the value';
  const short = text.length > 80 ? `${text.slice(0, 77)}...` : text;
  return JSON.stringify(short);
}

function firstMessage(issues: readonly { readonly message: string }[]): string {
  return issues[0]?.message ?? 'is not valid';
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? message;
}

function suggestion(name: string, known: readonly string[]): string {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? '' : ` (did you mean ${near.candidate}?)`;
}

/** Levenshtein distance; names longer than 64 characters are not compared. */
function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return Number.POSITIVE_INFINITY;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of a.split('').entries()) {
    const current = [row + 1];
    for (const [column, other] of b.split('').entries()) {
      const replace = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replace, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? Number.POSITIVE_INFINITY;
}
