// AWS Signature Version 4, verified in full: header form and presigned form, the payload's hash, the scope, the
// clock. Proves who calls; never decides what they may do.
import { hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Credential, Principal } from '../../domain/access/index.ts';
import {
  ALGORITHM,
  canonicalRequest,
  deriveSigningKey,
  headerText,
  queryPairs,
  type SignableHeaders,
  SigV4Error,
  sign,
} from './sigv4-canonical.ts';

const MAX_SKEW_MS = 15 * 60_000;
const MAX_PRESIGN_SECONDS = 604_800;
const MAX_SIGNING_KEYS = 1000;
const CLAIM_FIELDS: ReadonlySet<string> = new Set(['Credential', 'SignedHeaders', 'Signature']);
const HEX_64 = /^[0-9a-f]{64}$/;
const AMZ_DATE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const REGION = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

export type FindAccessKey = (accessKeyId: string) => Promise<Credential | undefined>;

/** What a verifier asks and tells, whatever its service. */
export interface Callers {
  readonly findAccessKey: FindAccessKey;
  /** Epoch ms. */
  readonly now: () => number;
  /** Told of each signature that was good. */
  readonly noteUse?: (principal: Principal, service: string, region: string) => void;
}

/** A request's head as it came. `target` is the raw request target: path and query, nothing decoded. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: SignableHeaders;
}

export interface VerifiedCaller {
  readonly principal: Principal;
  /** Region of the credential scope: it names the registry. */
  readonly region: string;
}

interface Claim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly amzDate: string;
  readonly sessionToken: string | undefined;
  /** Presigned form: how long it is good for. */
  readonly expiresSeconds?: number;
}

function parseScope(
  credential: string | undefined,
): Pick<Claim, 'accessKeyId' | 'date' | 'region' | 'service'> {
  const parts = credential?.split('/') ?? [];
  const [accessKeyId, date, region, service, terminator] = parts;
  if (parts.length !== 5 || !accessKeyId || !date || !region || !service || terminator !== 'aws4_request') {
    throw new SigV4Error(
      'IncompleteSignatureException',
      'The credential must have the form <access key>/<yyyymmdd>/<region>/<service>/aws4_request.',
    );
  }
  if (accessKeyId.length > 128 || !/^\d{8}$/.test(date) || !REGION.test(region)) {
    throw new SigV4Error('IncompleteSignatureException', 'The credential scope is malformed.');
  }
  return { accessKeyId, date, region, service };
}

function parseSignedHeaders(text: string | undefined): readonly string[] {
  const names = text?.split(';') ?? [];
  const sorted = names.every((name, at) => at === 0 || (names[at - 1] ?? '') < name);
  if (names.length > 64 || !sorted || !names.every((name) => /^[a-z0-9-]{1,64}$/.test(name))) {
    throw new SigV4Error(
      'IncompleteSignatureException',
      'SignedHeaders must be lower-case header names in order, separated by semicolons.',
    );
  }
  return names;
}

function headerClaim(authorization: string, headers: SignableHeaders): Claim {
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length).split(',')) {
    const at = field.indexOf('=');
    const name = field.slice(0, Math.max(at, 0)).trim();
    // One of each and nothing else: who looks at another one of two must not see another caller.
    if (!CLAIM_FIELDS.has(name) || fields.has(name)) {
      throw new SigV4Error(
        'IncompleteSignatureException',
        'The Authorization header must have Credential, SignedHeaders and Signature, once each.',
      );
    }
    fields.set(name, field.slice(at + 1).trim());
  }
  const signature = fields.get('Signature');
  const amzDate = headerText(headers['x-amz-date']);
  if (signature === undefined || amzDate === undefined) {
    throw new SigV4Error(
      'IncompleteSignatureException',
      `Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters and an 'X-Amz-Date' header.`,
    );
  }
  return {
    ...parseScope(fields.get('Credential')),
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders')),
    signature,
    amzDate,
    sessionToken: headerText(headers['x-amz-security-token']),
  };
}

function presignedClaim(pairs: readonly [string, string][]): Claim {
  const only = (name: string) => {
    const values = pairs.filter(([key]) => key === name);
    if (values.length > 1) {
      throw new SigV4Error('IncompleteSignatureException', `The query parameter '${name}' is there twice.`);
    }
    return values[0]?.[1];
  };
  const expires = only('X-Amz-Expires') ?? '';
  const signature = only('X-Amz-Signature');
  const amzDate = only('X-Amz-Date');
  if (signature === undefined || amzDate === undefined || !/^\d{1,6}$/.test(expires)) {
    throw new SigV4Error(
      'IncompleteSignatureException',
      'A presigned request needs X-Amz-Credential, X-Amz-Date, X-Amz-Expires, X-Amz-SignedHeaders and X-Amz-Signature.',
    );
  }
  const expiresSeconds = Number(expires);
  if (expiresSeconds < 1 || expiresSeconds > MAX_PRESIGN_SECONDS) {
    throw new SigV4Error(
      'IncompleteSignatureException',
      `X-Amz-Expires must be from 1 to ${MAX_PRESIGN_SECONDS} seconds.`,
    );
  }
  return {
    ...parseScope(only('X-Amz-Credential')),
    signedHeaders: parseSignedHeaders(only('X-Amz-SignedHeaders')),
    signature,
    amzDate,
    sessionToken: only('X-Amz-Security-Token'),
    expiresSeconds,
  };
}

function parseAmzDate(text: string): number {
  const [, year, month, day, hour, minute, second] = AMZ_DATE.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) {
    throw new SigV4Error('IncompleteSignatureException', 'The date must have the form yyyymmddThhmmssZ.');
  }
  return time;
}

function checkTime(claim: Claim, now: number): void {
  const time = parseAmzDate(claim.amzDate);
  if (!claim.amzDate.startsWith(claim.date)) {
    throw new SigV4Error(
      'InvalidSignatureException',
      'The date of the credential scope does not match the date of the request.',
    );
  }
  const shown = (at: number) => new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
  if (time > now + MAX_SKEW_MS) {
    throw new SigV4Error(
      'InvalidSignatureException',
      `Signature not yet current: ${claim.amzDate} is still later than ${shown(now + MAX_SKEW_MS)} (${shown(now)} + 15 min.)`,
    );
  }
  const end = time + (claim.expiresSeconds === undefined ? MAX_SKEW_MS : claim.expiresSeconds * 1000);
  if (now > end) {
    throw new SigV4Error(
      'InvalidSignatureException',
      `Signature expired: ${claim.amzDate} is now earlier than ${shown(now - (end - time))} (${shown(now)} is the time here)`,
    );
  }
}

/** `host` and every `x-amz-*` header that is there must be covered, or a man in the middle could change them. */
function checkCoverage(claim: Claim, headers: SignableHeaders): void {
  const covered = new Set(claim.signedHeaders);
  const open = Object.keys(headers).find(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !covered.has(name),
  );
  if (open !== undefined || !covered.has('host')) {
    throw new SigV4Error(
      'InvalidSignatureException',
      `The header '${open ?? 'host'}' must be among the signed headers.`,
    );
  }
}

/** Whether a request makes no attempt at a signature. */
export function isUnsigned({ target, headers }: RequestHead): boolean {
  return headers['authorization'] === undefined && !target.includes('X-Amz-Signature=');
}

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

/**
 * Takes a request's head, then its body: strangers are turned away before a body is read into memory.
 * Both steps throw SigV4Error.
 */
export type SigV4Verifier = (head: RequestHead) => Promise<(body: Uint8Array) => VerifiedCaller>;

/** Makes the verifier of one service, by its signing name: `ecr`, `signer`. */
export function makeSigV4Verifier(options: Callers & { readonly service: string }): SigV4Verifier {
  const signingKeys = new Map<string, { readonly secret: string; readonly key: KeyObject }>();

  const idOf = (claim: Claim) => `${claim.accessKeyId}/${claim.date}/${claim.region}`;

  const signingKey = (key: Credential, claim: Claim): KeyObject => {
    const known = signingKeys.get(idOf(claim));
    if (known !== undefined && known.secret === key.secretAccessKey) return known.key;
    return deriveSigningKey(key.secretAccessKey, claim.date, claim.region, claim.service);
  };

  /**
   * Derived keys are good for a day; kept by scope, the oldest go first. After a good signature only: anybody may know the
   * id of an access key, and could push the others out with scopes that are made up.
   */
  const keep = (key: Credential, claim: Claim, derived: KeyObject): void => {
    const id = idOf(claim);
    if (signingKeys.get(id)?.key === derived) return;
    if (signingKeys.size >= MAX_SIGNING_KEYS) {
      const oldest = signingKeys.keys().next();
      if (oldest.done !== true) signingKeys.delete(oldest.value);
    }
    signingKeys.set(id, { secret: key.secretAccessKey, key: derived });
  };

  return async function begin(request) {
    const { headers } = request;
    const mark = request.target.indexOf('?');
    const path = mark < 0 ? request.target : request.target.slice(0, mark);
    const pairs = queryPairs(mark < 0 ? '' : request.target.slice(mark + 1));
    const presigned = pairs.some(([key]) => key === 'X-Amz-Algorithm');
    const authorization = headerText(headers['authorization']);
    if (authorization === undefined && !presigned) {
      throw new SigV4Error('MissingAuthenticationTokenException', 'Missing Authentication Token');
    }
    if (authorization !== undefined && presigned) {
      throw new SigV4Error(
        'IncompleteSignatureException',
        'Sign the request in the header or in the query, not both.',
      );
    }
    if (
      authorization === undefined
        ? !pairs.some(([k, v]) => k === 'X-Amz-Algorithm' && v === ALGORITHM)
        : !authorization.startsWith(`${ALGORITHM} `)
    ) {
      throw new SigV4Error(
        'IncompleteSignatureException',
        `The only signature algorithm here is ${ALGORITHM}.`,
      );
    }
    const claim = authorization === undefined ? presignedClaim(pairs) : headerClaim(authorization, headers);
    if (claim.service !== options.service) {
      throw new SigV4Error(
        'InvalidSignatureException',
        `Credential should be scoped to correct service: '${options.service}'.`,
      );
    }
    checkTime(claim, options.now());
    checkCoverage(claim, headers);
    const key = await options.findAccessKey(claim.accessKeyId);
    if (key === undefined || !goesWith(key, claim.sessionToken ?? '')) {
      throw new SigV4Error(
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    if (key.expiresAt !== undefined && options.now() >= key.expiresAt) {
      throw new SigV4Error('ExpiredTokenException', 'The security token included in the request is expired.');
    }
    const declared = headerText(headers['x-amz-content-sha256']);
    if (declared !== undefined && !HEX_64.test(declared)) {
      throw new SigV4Error(
        'InvalidSignatureException',
        'The value of x-amz-content-sha256 must be the SHA-256 of the body; unsigned payloads are not taken.',
      );
    }
    return (body) => {
      const payloadHash = hash('sha256', body, 'hex');
      if (declared !== undefined && declared !== payloadHash) {
        throw new SigV4Error(
          'InvalidSignatureException',
          'x-amz-content-sha256 is not the SHA-256 of the body.',
        );
      }
      const canonical = canonicalRequest(
        request.method,
        path,
        presigned ? pairs.filter(([name]) => name !== 'X-Amz-Signature') : pairs,
        headers,
        claim.signedHeaders,
        payloadHash,
      );
      const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
      const derived = signingKey(key, claim);
      const expected = sign(derived, claim.amzDate, scope, canonical);
      const given = HEX_64.test(claim.signature) ? Buffer.from(claim.signature, 'hex') : Buffer.alloc(32);
      if (!timingSafeEqual(expected, given)) throw new SigV4Error('InvalidSignatureException', MISMATCH);
      keep(key, claim, derived);
      options.noteUse?.(key.principal, options.service, claim.region);
      return { principal: key.principal, region: claim.region };
    };
  };
}

/** Whether the session token is the key's own; a long-term key has none. */
function goesWith(key: Credential, token: string): boolean {
  if (sameSecret(key.sessionToken ?? '', token)) return true;
  return key.formerSessionTokens?.().some((former) => sameSecret(former, token)) ?? false;
}

/** Constant-time comparison of secrets of any length. */
function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(hash('sha256', a, 'buffer'), hash('sha256', b, 'buffer'));
}
