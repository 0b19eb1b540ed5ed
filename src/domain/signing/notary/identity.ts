// Trusted identities of a trust policy, matched against the signing certificate's subject
// (trust-store-trust-policy.md, Trusted Identities Constraints). Matching is exact and case-sensitive.
import { attributeTypes, type Certificate } from '../../pki/index.ts';

const subjectPrefix = 'x509.subject:';
const mandatory = ['C', 'ST', 'O'] as const;

/** Attributes of a subject by short name, e.g. `{C: 'US', ST: 'WA', O: '…'}`. */
type Subject = ReadonlyMap<string, string>;

/**
 * Why none of the identities matches, or undefined when one does. `*` matches any; `x509.subject: …` matches a
 * subject that has all of its attributes; an ARN matches the signing profile (`profileVersionArn`, from a
 * signature for AWS's plugin) as the version itself or as its profile.
 */
export function identityProblem(
  identities: readonly string[],
  leaf: Certificate,
  profileVersionArn: string | undefined,
): string | undefined {
  if (identities.length === 0) return 'no trusted identity is given';
  if (identities.includes('*')) return undefined;
  const wanted = identities.filter((identity) => identity.startsWith(subjectPrefix)).map(parseIdentity);
  const bad = wanted.find((subject) => typeof subject === 'string');
  if (bad !== undefined) return bad;
  if (profileVersionArn !== undefined) {
    const profileArn = profileVersionArn.slice(0, profileVersionArn.lastIndexOf('/'));
    if (identities.includes(profileVersionArn) || identities.includes(profileArn)) return undefined;
  }
  const own = certificateSubject(leaf);
  if (typeof own === 'string') return own;
  for (const subject of wanted) if (typeof subject !== 'string' && isSubset(subject, own)) return undefined;
  return `the signing certificate's subject ${formatSubject(own)} matches none of the trusted identities`;
}

function isSubset(part: Subject, whole: Subject): boolean {
  return [...part].every(([type, value]) => whole.get(type) === value);
}

function formatSubject(subject: Subject): string {
  return `"${Array.from(subject, ([type, value]) => `${type}=${value}`).join(', ')}"`;
}

function missingProblem(subject: Subject): string | undefined {
  const missing = mandatory.find((type) => !subject.get(type));
  return missing === undefined ? undefined : `has no ${missing}`;
}

/** The subject as verifiers name it, or what makes it impossible to name. */
function certificateSubject(leaf: Certificate): Subject | string {
  const subject = new Map<string, string>();
  for (const [index, attribute] of leaf.subject.entries()) {
    const type = attributeTypes[attribute.type];
    if (type === undefined)
      return `the signing certificate's subject has an attribute of type ${attribute.type}`;
    if (subject.has(type) || attribute.rdn !== index)
      return `the signing certificate's subject has more than one ${type} or a multi-valued part`;
    subject.set(type, attribute.value);
  }
  const missing = missingProblem(subject);
  return missing === undefined ? subject : `the signing certificate's subject ${missing}`;
}

/** Reads `x509.subject: C=…, ST=…, O=…` (RFC 4514 escapes), or says what is wrong with it. */
function parseIdentity(identity: string): Subject | string {
  const fault = (what: string) => `trusted identity "${identity.slice(0, 200)}" ${what}`;
  if (identity.length > 4096) return fault('is too long');
  if (identity.includes('=#')) return fault('holds "=#", which is not supported');
  const subject = new Map<string, string>();
  for (const part of splitAtCommas(identity.slice(subjectPrefix.length))) {
    const equals = part.indexOf('=');
    if (equals < 1) return fault('is no list of TYPE=value');
    const named = part.slice(0, equals).trim();
    const type = named === 'S' ? 'ST' : named;
    const value = unescapeValue(part.slice(equals + 1));
    if (value === undefined) return fault('has a bad or unescaped special character');
    if (subject.has(type)) return fault(`has more than one ${type}`);
    subject.set(type, value);
  }
  const missing = missingProblem(subject);
  return missing === undefined ? subject : fault(missing);
}

/** Splits at commas and semicolons that no backslash escapes. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',' || text[i] === ';') {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The value without its outer blanks and escapes; undefined when it holds a special that must be escaped. */
function unescapeValue(text: string): string | undefined {
  const bytes: Uint8Array[] = [];
  const trimmed = text.trimStart();
  let end = 0;
  for (let i = 0; i < trimmed.length; i++) {
    const character = trimmed[i] ?? '';
    if (character === '\\') {
      const pair = trimmed.slice(i + 1, i + 3);
      const escaped = trimmed[i + 1];
      if (/^[0-9a-fA-F]{2}$/.test(pair)) {
        bytes.push(Buffer.from(pair, 'hex'));
        i += 2;
      } else if (escaped !== undefined && ' "#+,;<=>\\'.includes(escaped)) {
        bytes.push(Buffer.from(escaped));
        i += 1;
      } else return undefined;
      end = bytes.length;
      continue;
    }
    if ('"+<>'.includes(character)) return undefined;
    const point = trimmed.codePointAt(i) ?? 0;
    bytes.push(Buffer.from(String.fromCodePoint(point)));
    if (point > 0xffff) i++;
    if (character !== ' ') end = bytes.length;
  }
  return Buffer.concat(bytes.slice(0, end)).toString('utf8');
}
