// Trust material in the form of a notation configuration: `trustpolicy.json` and
// `truststore/x509/<type>/<store>/*.{crt,pem,cer}` (notation-go, dir/path.go). Read from a directory or from a
// server's /trust, written to a directory. Policies are read strictly: what is not understood is refused.
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HttpClient } from './client/http.ts';
import { CommandError } from './errors.ts';
import { printable } from './terminal.ts';

const STORE = /^(ca|signingAuthority):([A-Za-z0-9_.-]{1,128})$/;
const CERTIFICATE_FILE = /\.(?:crt|pem|cer)$/;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_STORE_FILES = 100;

export type StoreType = 'ca' | 'signingAuthority';

export interface TrustStore {
  readonly type: StoreType;
  readonly name: string;
  /** File contents, PEM or DER. */
  readonly certificates: readonly Uint8Array[];
}

/** One statement of a trust policy, with the stores that it names. */
export interface TrustStatement {
  readonly name: string;
  readonly registryScopes: readonly string[];
  readonly level: 'strict' | 'permissive' | 'audit' | 'skip';
  readonly trustedIdentities: readonly string[];
  readonly stores: readonly TrustStore[];
}

export interface TrustMaterial {
  /** The policy document as it was given. */
  readonly policyText: string;
  readonly statements: readonly TrustStatement[];
}

/** Reads a notation configuration directory. Throws CommandError. */
export function readTrustDirectory(directory: string): TrustMaterial {
  const path = join(directory, 'trustpolicy.json');
  const policyText = readSmallFile(path).toString('utf8');
  return parsePolicy(policyText, path, (type, name) => readStore(directory, type, name));
}

/** Fetches an account's trust material from a server that the user chose to believe. Throws CommandError. */
export async function fetchTrust(
  http: HttpClient,
  endpoint: string,
  accountId: string,
): Promise<TrustMaterial> {
  const get = async (file: string): Promise<Buffer> => {
    const url = new URL(`/trust/${accountId}/${file}`, endpoint);
    const { status, body } = await http.send({ method: 'GET', url, maxBytes: MAX_FILE_BYTES });
    if (status !== 200) throw new CommandError(`${url.href}: status ${status}`);
    return body;
  };
  const root = await get('root.pem');
  const policyText = (await get('trustpolicy.json')).toString('utf8');
  return parsePolicy(policyText, `the trust policy of ${endpoint}`, (type, name) => ({
    type,
    name,
    certificates: [root],
  }));
}

/** The statement for a repository (`host/name`): the one that names it, else the one for all. */
export function statementFor(material: TrustMaterial, scope: string): TrustStatement | undefined {
  const by = (wanted: string): TrustStatement | undefined =>
    material.statements.find(({ registryScopes }) => registryScopes.includes(wanted));
  return by(scope) ?? by('*');
}

/**
 * Writes the material as a notation configuration and gives the paths of the files. An existing file with other
 * content is refused unless `force`.
 */
export function writeTrustDirectory(
  directory: string,
  material: TrustMaterial,
  force: boolean,
): readonly string[] {
  const files = new Map<string, Uint8Array>([
    [join(directory, 'trustpolicy.json'), Buffer.from(material.policyText)],
  ]);
  for (const { type, name, certificates } of material.statements.flatMap(({ stores }) => stores))
    for (const [index, certificate] of certificates.entries())
      files.set(
        join(directory, 'truststore', 'x509', type, name, index === 0 ? 'root.crt' : `root-${index + 1}.crt`),
        certificate,
      );
  for (const [path, content] of files) {
    const present = contentOf(path);
    if (present !== undefined && !force && !present.equals(content))
      throw new CommandError(`${path} exists with other content: give --force to replace it`);
  }
  try {
    for (const [path, content] of files) {
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(path, content, { mode: 0o600 });
    }
  } catch (error) {
    throw new CommandError((error as Error).message, { cause: error });
  }
  return [...files.keys()];
}

function parsePolicy(
  text: string,
  source: string,
  store: (type: StoreType, name: string) => TrustStore,
): TrustMaterial {
  const wrong = (what: string): CommandError => new CommandError(`${source}: ${what}`);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw wrong(`is no JSON: ${(error as Error).message.split('\n', 1)[0] ?? ''}`);
  }
  const { version, trustPolicies } = record(document);
  if (version !== '1.0') throw wrong('must be a trust policy of version 1.0');
  if (!Array.isArray(trustPolicies) || trustPolicies.length === 0) throw wrong('has no trustPolicies');
  const statements = trustPolicies.map((entry: unknown): TrustStatement => {
    const { name, registryScopes, signatureVerification, trustStores, trustedIdentities } = record(entry);
    if (typeof name !== 'string' || name === '') throw wrong('a statement has no name');
    const about = `statement ${JSON.stringify(printable(name))}`;
    const { level } = record(signatureVerification);
    if (level !== 'strict' && level !== 'permissive' && level !== 'audit' && level !== 'skip')
      throw wrong(`${about}: level must be strict, permissive, audit or skip`);
    const scopes = strings(registryScopes);
    if (scopes === undefined || scopes.length === 0) throw wrong(`${about}: has no registryScopes`);
    const storeNames = strings(trustStores ?? []);
    const identities = strings(trustedIdentities ?? []);
    if (storeNames === undefined || identities === undefined)
      throw wrong(`${about}: trustStores and trustedIdentities must be lists of texts`);
    const stores = storeNames
      .filter((entry) => !entry.startsWith('tsa:'))
      .map((entry) => {
        const [, type, storeName] = STORE.exec(entry) ?? [];
        if ((type !== 'ca' && type !== 'signingAuthority') || storeName === undefined)
          throw wrong(`${about}: ${JSON.stringify(printable(entry))} is no trust store`);
        return store(type, storeName);
      });
    return { name, registryScopes: scopes, level, trustedIdentities: identities, stores };
  });
  return { policyText: text, statements };
}

function readStore(directory: string, type: StoreType, name: string): TrustStore {
  const path = join(directory, 'truststore', 'x509', type, name);
  let names: readonly string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    throw new CommandError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  if (names.length === 0 || names.length > MAX_STORE_FILES)
    throw new CommandError(`${path}: must hold 1 to ${MAX_STORE_FILES} certificates`);
  // As in notation: anything in a store that is not a plain certificate file is an error.
  const certificates = names.map((file) => {
    const entry = join(path, file);
    if (!lstatSync(entry).isFile() || !CERTIFICATE_FILE.test(file))
      throw new CommandError(`${entry}: only certificate files (.crt, .pem, .cer) may be in a trust store`);
    return readSmallFile(entry);
  });
  return { type, name, certificates };
}

function readSmallFile(path: string): Buffer {
  try {
    const { size } = lstatSync(path);
    if (size > MAX_FILE_BYTES) throw new CommandError(`${path}: is longer than ${MAX_FILE_BYTES} bytes`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError((error as Error).message, { cause: error });
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandError((error as Error).message, { cause: error });
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}
