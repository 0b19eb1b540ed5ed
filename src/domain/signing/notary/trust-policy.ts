// Trust material for Notary Project verifiers: trustpolicy.json and the files of the trust store, as stock
// `notation` reads them from its configuration directory (trust-store-trust-policy.md).
import { toPem } from '../../pki/index.ts';

/** One statement of a trust policy, at level strict. */
export interface TrustStatement {
  /** Of the statement; any text. */
  readonly name: string;
  /** `["*"]`, or full repositories `host[:port]/name`; one repository belongs to one statement. */
  readonly registryScopes: readonly string[];
  /** Name of the trust store: letters, digits, `_`, `.` and `-`. */
  readonly trustStore: string;
  /** `["*"]`, or `x509.subject: …` of the signers (see trustedIdentity). */
  readonly trustedIdentities: readonly string[];
}

/** No name of dots alone, which would lead out of the store. */
const STORE_NAME = /^(?!\.+$)[a-zA-Z0-9_.-]{1,128}$/;
const SCOPE = /^[a-zA-Z0-9.-]+(?::\d{1,5})?\/[a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*$/;

/** Both kinds of store: `ca` is looked at for scheme notary.x509, `signingAuthority` for the default one. */
const storeTypes = ['signingAuthority', 'ca'] as const;

/** Text of trustpolicy.json. Throws TypeError on a statement that verifiers would refuse. */
export function writeTrustPolicy(statements: readonly TrustStatement[]): string {
  const problem = statementsProblem(statements);
  if (problem !== undefined) throw new TypeError(`bad trust policy: ${problem}`);
  const policy = {
    version: '1.0',
    trustPolicies: statements.map((statement) => ({
      name: statement.name,
      registryScopes: statement.registryScopes,
      signatureVerification: { level: 'strict' },
      trustStores: storeTypes.map((type) => `${type}:${statement.trustStore}`),
      trustedIdentities: statement.trustedIdentities,
    })),
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

function statementsProblem(statements: readonly TrustStatement[]): string | undefined {
  if (statements.length === 0) return 'it has no statement';
  const names = new Set<string>();
  const scopes = new Set<string>();
  for (const { name, registryScopes, trustStore, trustedIdentities } of statements) {
    if (name === '' || names.has(name)) return `statement name "${name}" is empty or used twice`;
    names.add(name);
    if (!STORE_NAME.test(trustStore)) return `"${trustStore}" is no name of a trust store`;
    if (registryScopes.length === 0 || trustedIdentities.length === 0)
      return `statement "${name}" has no scope or no identity`;
    if (trustedIdentities.includes('*') && trustedIdentities.length > 1)
      return `statement "${name}" has "*" beside other identities`;
    if (registryScopes.includes('*') && registryScopes.length > 1)
      return `statement "${name}" has "*" beside other scopes`;
    for (const scope of registryScopes) {
      if (scope !== '*' && (scope.length > 400 || !SCOPE.test(scope)))
        return `"${scope}" is no repository with its host`;
      if (scopes.has(scope)) return `scope "${scope}" is used twice`;
      scopes.add(scope);
    }
  }
  return undefined;
}

/** One file of a notation configuration directory, by its path below it. */
export interface TrustFile {
  readonly path: string;
  readonly content: string;
}

/**
 * The files of a trust store that holds these certificates (a root, or the intermediate of one profile version
 * to pin it), for both kinds of store. Throws TypeError on a bad store name.
 */
export function trustStoreFiles(
  trustStore: string,
  certificates: readonly { readonly name: string; readonly certDer: Uint8Array }[],
): TrustFile[] {
  for (const name of [trustStore, ...certificates.map((certificate) => certificate.name)])
    if (!STORE_NAME.test(name)) throw new TypeError(`"${name}" is no name for a trust store or its file`);
  return storeTypes.flatMap((type) =>
    certificates.map(({ name, certDer }) => ({
      path: `truststore/x509/${type}/${trustStore}/${name}.crt`,
      content: toPem(certDer),
    })),
  );
}
