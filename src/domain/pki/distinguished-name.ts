// Subject names of our certificates, limited to what every Notary Project verifier can match: exactly one
// each of C, ST and O, then OU and CN (trust-store-trust-policy.md, Trusted Identities Constraints).
import { der, derOid, derSequence, tags } from './der.ts';

/** A subject. Values are plain text, 1 to 64 characters; `country` is two capital letters. */
export interface DistinguishedName {
  readonly country: string;
  readonly state: string;
  readonly organization: string;
  readonly organizationalUnit?: string;
  readonly commonName: string;
}

/** C and ST of every subject: verifiers demand both, and they say nothing about the signer. */
export interface Locality {
  readonly country: string;
  readonly state: string;
}

/**
 * The values that AWS Signer's own certificates carry, so that a trust policy written for those keeps its
 * C and ST. They name no place of the installation.
 */
export const defaultLocality: Locality = { country: 'US', state: 'WA' };

/** Subject of an account's root: O is the account id. */
export function rootSubject(accountId: string, locality: Locality = defaultLocality): DistinguishedName {
  return { ...locality, organization: accountId, commonName: `sealport root ${accountId}` };
}

/** Subject of the intermediate of one profile version. */
export function intermediateSubject(
  accountId: string,
  profileName: string,
  profileVersion: string,
  locality: Locality = defaultLocality,
): DistinguishedName {
  return {
    ...locality,
    organization: accountId,
    organizationalUnit: profileName,
    commonName: `sealport intermediate ${profileVersion}`,
  };
}

/** Subject of every leaf of a profile: stable over versions and jobs, so that a trust policy can pin it. */
export function leafSubject(
  accountId: string,
  profileName: string,
  locality: Locality = defaultLocality,
): DistinguishedName {
  return {
    ...locality,
    organization: accountId,
    organizationalUnit: profileName,
    commonName: 'sealport signer',
  };
}

const CONTROL_OR_SPECIAL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What is wrong with a name, or undefined. Lengths are RFC 5280's upper bounds (appendix A.1). */
export function nameProblem(name: DistinguishedName): string | undefined {
  if (!/^[A-Z]{2}$/.test(name.country)) return 'country must be two capital letters';
  const parts: [string, string | undefined][] = [
    ['state', name.state],
    ['organization', name.organization],
    ['organizationalUnit', name.organizationalUnit],
    ['commonName', name.commonName],
  ];
  for (const [part, value] of parts) {
    if (value === undefined) continue;
    if (value.length === 0 || value.length > 64) return `${part} must have 1 to 64 characters`;
    if (CONTROL_OR_SPECIAL.test(value) || value !== value.trim())
      return `${part} holds a character that is not allowed`;
  }
  return undefined;
}

/**
 * The trust policy identity that pins this subject: `x509.subject: C=…, ST=…, O=…[, OU=…], CN=…`.
 * Special characters of RFC 4514 are escaped.
 */
export function trustedIdentity(name: DistinguishedName): string {
  const parts = [
    `C=${escapeValue(name.country)}`,
    `ST=${escapeValue(name.state)}`,
    `O=${escapeValue(name.organization)}`,
  ];
  if (name.organizationalUnit !== undefined) parts.push(`OU=${escapeValue(name.organizationalUnit)}`);
  parts.push(`CN=${escapeValue(name.commonName)}`);
  return `x509.subject: ${parts.join(', ')}`;
}

function escapeValue(value: string): string {
  return value.replace(/[\\,+"<>;=]|^#/g, (character) => `\\${character}`);
}

/** DER of a name: C as PrintableString (RFC 5280, appendix A.1), the rest as UTF8String; one attribute in each part. */
export function encodeName(name: DistinguishedName): Uint8Array {
  const parts = [
    namePart('2.5.4.6', tags.printableString, name.country),
    namePart('2.5.4.8', tags.utf8String, name.state),
    namePart('2.5.4.10', tags.utf8String, name.organization),
  ];
  if (name.organizationalUnit !== undefined)
    parts.push(namePart('2.5.4.11', tags.utf8String, name.organizationalUnit));
  parts.push(namePart('2.5.4.3', tags.utf8String, name.commonName));
  return derSequence(...parts);
}

function namePart(oid: string, tag: number, value: string): Uint8Array {
  return der(tags.set, derSequence(derOid(oid), der(tag, Buffer.from(value, 'utf8'))));
}
