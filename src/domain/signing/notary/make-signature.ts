// One signature from request to verified envelope: open the intermediate, issue the leaf, sign, verify our own
// output. Runs inside a signing worker; what does not verify is thrown away and never leaves.
import { hash } from 'node:crypto';
import {
  backdate,
  type Certificate,
  CertificateLintError,
  DerError,
  issueCertificate,
  type KeyHandle,
  type KeyStore,
  KeyUnavailableError,
  type LeafTemplate,
  makeLeafTemplate,
  newSerialNumber,
  parseCertificate,
  type StoredKey,
} from '../../pki/index.ts';
import { buildPayload, PayloadError, parsePayloadToSign } from './payload.ts';
import { type MadeSignature, SignatureMakerError, type SigningRequest } from './ports.ts';
import { envelopeMediaType, signEnvelope } from './sign.ts';
import { verifySignature } from './verify.ts';

/** Where leaf keys come from; a worker keeps some ready. */
export interface LeafKeys {
  take(): KeyHandle;
}

/** Opened keys, parsed authorities and leaf templates that are kept, each. */
const kept = 64;

interface Leaf {
  readonly key: KeyHandle;
  readonly certDer: Uint8Array;
  /** Whether the key is for this signature alone. */
  readonly once: boolean;
}

/** Makes signatures, one at a time. Each call rejects with SignatureMakerError when none could be made. */
export function makeSignatureRecipe(deps: {
  readonly keys: KeyStore;
  readonly leafKeys: LeafKeys;
}): (request: SigningRequest) => Promise<MadeSignature> {
  const openKeys = makeBoundedMap<Promise<KeyHandle>>(
    (key) => void key.then((handle) => handle.destroy(), ignore),
  );
  const authorities = makeBoundedMap<Certificate>();
  const templates = makeBoundedMap<LeafTemplate>();
  const soundAuthorities = makeBoundedMap<boolean>();

  function openKey(stored: StoredKey): Promise<KeyHandle> {
    return openKeys.get(`${stored.id} ${hash('sha256', stored.sealed)}`, () => deps.keys.open(stored));
  }

  /** Certificates of CAs come again with each request and are read once; a leaf is read anew. */
  function parseAuthority(der: Uint8Array): Certificate {
    return authorities.get(hash('sha256', der), () => parseCertificate(Uint8Array.from(der)));
  }

  async function obtainLeaf(request: SigningRequest): Promise<Leaf> {
    const { leaf, intermediate } = request;
    if (leaf.kind === 'per-profile') {
      return { key: await openKey(leaf.key), certDer: leaf.certDer, once: false };
    }
    const issuer = parseAuthority(intermediate.certDer);
    const issuerKey = await openKey(intermediate.key);
    const template = templates.get(`${issuer.thumbprint} ${JSON.stringify(leaf.subject)}`, () =>
      makeLeafTemplate(issuer, leaf.subject),
    );
    const key = deps.leafKeys.take();
    const linted = template.prepare({
      spki: key.publicKeySpki(),
      serial: newSerialNumber(),
      notBefore: Math.max(request.signingTime * 1000 - backdate, issuer.notBefore),
      notAfter: Math.min(leaf.notAfter * 1000, issuer.notAfter),
    });
    return { key, certDer: await issueCertificate(linted, issuerKey), once: true };
  }

  async function make(request: SigningRequest): Promise<MadeSignature> {
    checkTimes(request);
    const payload = payloadOf(request);
    const leaf = await obtainLeaf(request);
    const chain = [leaf.certDer, request.intermediate.certDer, request.rootDer];
    let envelope: Uint8Array;
    try {
      envelope = await signEnvelope({
        format: request.envelope,
        payload: payload.bytes,
        scheme: request.scheme,
        signingTime: request.signingTime,
        ...(request.expiry === undefined ? {} : { expiry: request.expiry }),
        ...(request.pluginAttributes === undefined ? {} : { pluginAttributes: request.pluginAttributes }),
        chain,
        key: leaf.key,
      });
    } finally {
      if (leaf.once) leaf.key.destroy();
    }
    const mediaType = envelopeMediaType(request.envelope);
    const certificates = [parseCertificate(leaf.certDer), ...chain.slice(1).map(parseAuthority)];
    const thumbprints = certificates.map((certificate) => certificate.thumbprint);
    const known = new Map(certificates.map((certificate) => [certificate.thumbprint, certificate]));
    const verification = verifySignature(
      {
        envelope,
        mediaType,
        trustAnchors: [
          { type: request.scheme === 'notary.x509' ? 'ca' : 'signingAuthority', certDer: request.rootDer },
        ],
        trustedIdentities: ['*'],
        artifact: payload.target,
        now: request.signingTime * 1000,
      },
      {
        parse: (der) => known.get(hash('sha256', der)) ?? parseCertificate(der),
        signed: (certificate, issuer) =>
          certificate.thumbprint === thumbprints[0]
            ? certificate.signedBy(issuer.publicKey)
            : soundAuthorities.get(`${certificate.thumbprint} ${issuer.thumbprint}`, () =>
                certificate.signedBy(issuer.publicKey),
              ),
      },
    );
    if (!verification.verified) {
      const problem = verification.checks.find((check) => check.outcome === 'failed');
      throw new SignatureMakerError(
        'SELF_CHECK_FAILED',
        `the signature that was made does not verify: ${problem?.name}: ${problem?.detail}`,
      );
    }
    const leafCertificate = known.get(thumbprints[0] ?? '') ?? parseCertificate(leaf.certDer);
    return {
      jobId: request.jobId,
      envelope,
      mediaType,
      target: payload.target,
      leafDer: leaf.certDer,
      serialHex: leafCertificate.serialHex,
      thumbprints,
      tbsHashes: certificates.map((certificate) => hash('sha384', certificate.tbs)),
      signingTime: request.signingTime,
      leafNotAfter: leafCertificate.notAfter / 1000,
    };
  }

  return async (request) => {
    try {
      return await make(request);
    } catch (error) {
      throw asMakerError(error);
    }
  };
}

function payloadOf(request: SigningRequest) {
  switch (request.subject.kind) {
    case 'descriptor': {
      const bytes = buildPayload(request.subject.descriptor);
      return { bytes, target: request.subject.descriptor };
    }
    case 'payload':
      return { bytes: request.subject.bytes, target: parsePayloadToSign(request.subject.bytes) };
  }
}

function checkTimes({ signingTime, expiry, leaf }: SigningRequest): void {
  const times = [
    signingTime,
    expiry ?? signingTime + 1,
    leaf.kind === 'per-signature' ? leaf.notAfter : signingTime + 1,
  ];
  if (!times.every((time) => Number.isSafeInteger(time) && time > 0 && time < 253_402_300_800))
    throw new SignatureMakerError('INVALID_REQUEST', 'a time is not in whole seconds since 1970');
  if (expiry !== undefined && expiry <= signingTime)
    throw new SignatureMakerError('INVALID_REQUEST', 'the signature would expire before it is made');
}

function asMakerError(error: unknown): SignatureMakerError {
  if (error instanceof SignatureMakerError) return error;
  if (error instanceof PayloadError)
    return new SignatureMakerError('INVALID_REQUEST', error.message, { cause: error });
  if (error instanceof KeyUnavailableError)
    return new SignatureMakerError('KEY_UNAVAILABLE', error.message, { cause: error });
  if (error instanceof CertificateLintError || error instanceof DerError)
    return new SignatureMakerError('INTERNAL', error.message, { cause: error });
  return new SignatureMakerError('INTERNAL', 'the signature could not be made', { cause: error });
}

/** A map that forgets its oldest entry when it is full. A promise that rejects is forgotten at once. */
function makeBoundedMap<T>(forget: (value: T) => void = ignore) {
  const entries = new Map<string, T>();
  return {
    get(name: string, make: () => T): T {
      const present = entries.get(name);
      if (present !== undefined) return present;
      const value = make();
      entries.set(name, value);
      if (value instanceof Promise)
        value.catch(() => {
          if (entries.get(name) === value) entries.delete(name);
        });
      const [oldest] = entries;
      if (entries.size > kept && oldest !== undefined) {
        entries.delete(oldest[0]);
        forget(oldest[1]);
      }
      return value;
    },
  };
}

function ignore(): void {}
