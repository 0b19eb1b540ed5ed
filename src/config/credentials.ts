// The root key pair: given in the environment, or made once and kept in `<data-dir>/credentials` in the format
// of AWS's shared credentials file, so that AWS_SHARED_CREDENTIALS_FILE can point at it. The secret goes into
// that file and into memory, nowhere else: never into a log, an error or a message.
import { randomInt } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config, RootCredentials } from './config.ts';
import { ConfigError } from './config-error.ts';
import type { ClientConfig } from './load.ts';
import { OPTIONS } from './schema.ts';

export const CREDENTIALS_PROFILE = 'sealport';

const MAX_FILE_BYTES = 64 * 1024;
const KEY_ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The key pair with its origin. `created`: it was made by this call. */
export type LoadedCredentials = RootCredentials &
  (
    | { readonly origin: 'environment' }
    | { readonly origin: 'file'; readonly path: string; readonly created: boolean }
  );

/** Path of the credentials file of a data directory. */
export function credentialsFile(dataDir: string): string {
  return join(dataDir, 'credentials');
}

/**
 * The key pair of a server that starts: from the configuration, else from the file, which is made when it is
 * missing. The data directory must exist and be held by this process. Throws ConfigError.
 */
export function openRootCredentials(config: Config): LoadedCredentials {
  if (config.rootCredentials !== undefined) return { ...config.rootCredentials, origin: 'environment' };
  const path = credentialsFile(config.dataDir);
  const stored = readCredentialsFile(path);
  if (stored !== undefined) return { ...stored, origin: 'file', path, created: false };
  const made: RootCredentials = {
    accessKeyId: `AKIA${randomLetters(KEY_ID_LETTERS, 16)}`,
    secretAccessKey: randomLetters(SECRET_LETTERS, 40),
  };
  writeCredentialsFile(path, made, config.region);
  return { ...made, origin: 'file', path, created: true };
}

/** A key pair that a client command signs with; `from` says to a person where it was found. */
export interface ClientCredentials extends RootCredentials {
  readonly sessionToken?: string;
  readonly from: string;
}

/**
 * The key pair for a client command: the registry's own variables, else the data directory's file, else the
 * variables that AWS clients read. Throws ConfigError when there is none.
 */
export function clientCredentials(
  config: ClientConfig,
  env: Readonly<Record<string, string | undefined>>,
): ClientCredentials {
  if (config.rootCredentials !== undefined)
    return { ...config.rootCredentials, from: OPTIONS.rootAccessKeyId.env };
  const path = credentialsFile(config.dataDir);
  const stored = readCredentialsFile(path);
  if (stored !== undefined) return { ...stored, from: path };
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
  if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY)
    return {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
      from: 'AWS_ACCESS_KEY_ID',
    };
  throw new ConfigError(
    `no access key: ${path} does not exist and AWS_ACCESS_KEY_ID is not set; name the server's data directory with --data-dir`,
  );
}

/** The key pair in a credentials file, or undefined when there is no file. Throws ConfigError when it is unfit. */
export function readCredentialsFile(path: string): RootCredentials | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(`${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0)
      throw new ConfigError(
        `${path}: others may read it (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): run chmod 600 on it`,
      );
    if (size > MAX_FILE_BYTES) throw new ConfigError(`${path}: is no credentials file: it has ${size} bytes`);
    return parseCredentials(readFileSync(descriptor, 'utf8'), path);
  } finally {
    closeSync(descriptor);
  }
}

function parseCredentials(content: string, path: string): RootCredentials {
  const values = new Map<string, string>();
  let section = '';
  for (const raw of content.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[') && line.endsWith(']')) section = line.slice(1, -1).trim();
    else if (section === CREDENTIALS_PROFILE) {
      const equals = line.indexOf('=');
      if (equals > 0) values.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
    }
  }
  const accessKeyId = values.get('aws_access_key_id');
  const secretAccessKey = values.get('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new ConfigError(
      `${path}: has no profile [${CREDENTIALS_PROFILE}] with aws_access_key_id and aws_secret_access_key`,
    );
  if (!OPTIONS.rootAccessKeyId.schema.safeParse(accessKeyId).success)
    throw new ConfigError(`${path}: aws_access_key_id must be 16 to 128 letters, digits or underscores`);
  if (!OPTIONS.rootSecretAccessKey.schema.safeParse(secretAccessKey).success)
    throw new ConfigError(`${path}: aws_secret_access_key must be 32 to 256 printable characters`);
  return { accessKeyId, secretAccessKey };
}

/** Written beside, made durable, then renamed: a crash leaves the whole file or none. */
function writeCredentialsFile(path: string, credentials: RootCredentials, region: string): void {
  const content = [
    `# Root key pair of this registry's account. Whoever reads it owns the registry.`,
    `[${CREDENTIALS_PROFILE}]`,
    `aws_access_key_id = ${credentials.accessKeyId}`,
    `aws_secret_access_key = ${credentials.secretAccessKey}`,
    `region = ${region}`,
    '',
  ].join('\n');
  const directory = dirname(path);
  const temporary = `${path}.new`;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    rmSync(temporary, { force: true });
    const file = openSync(temporary, 'wx', 0o600);
    try {
      writeSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    const entry = openSync(directory, 'r');
    try {
      fsyncSync(entry);
    } finally {
      closeSync(entry);
    }
  } catch (error) {
    throw new ConfigError(`${path}: cannot be written: ${(error as Error).message}`, { cause: error });
  }
}

function randomLetters(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
