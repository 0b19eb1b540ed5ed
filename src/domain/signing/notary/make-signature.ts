// One signature from request to verified envelope: take or issue the leaf, sign, verify our own
// output. Runs inside a signing worker; what does not verify is thrown away and never leaves.
import { hash } from 'node:crypto';
import {
  type Certificate,
  CertificateLintError,
  DerError,
  type KeyHandle,
  type KeyStore,
  KeyUnavailableError,
  parseCertificate,
  type StoredKey,
} from '../../pki/index.ts';
import { ignore, makeBoundedMap } from './bounded-map.ts';
import { type Leaf, makeLeafStock } from './leaf-stock.ts';
import { buildPayload, PayloadError, parsePayloadToSign } from './payload.ts';
import { type MadeSignature, SignatureMakerError, type SigningRequest } from './ports.ts';
import { envelopeMediaType, signEnvelope } from './sign.ts';
import { verifySignature } from './verify.ts';

/** A leaf as a signature uses it. */
interface ChosenLeaf extends Leaf {
  /** Whether the key is for this signature alone. */
  readonly once: boolean;
}

export interface SignatureRecipe {
  /** Rejects with SignatureMakerError when no signature could be made. */
  readonly make: (request: SigningRequest) => Promise<MadeSignature>;
  /** A step of the work for signatures to come; false when nothing is left to do. For when no request waits. */
  readonly prepare: () => Promise<boolean>;
  /** Drops what was prepared. */
  readonly forgetPrepared: () => void;
}

/** Makes signatures, one at a time. */
export function makeSignatureRecipe(deps: {
  readonly keys: KeyStore;
  readonly makeLeafKey: () => KeyHandle;
}): SignatureRecipe {
  const openKeys = makeBoundedMap<Promise<KeyHandle>>(
    (key) => void key.then((handle) => handle.destroy(), ignore),
  );
  const authorities = makeBoundedMap<Certificate>();
  const soundCertificates = makeBoundedMap<boolean>();
  const stock = makeLeafStock({ makeKey: deps.makeLeafKey, openKey });

  function openKey(stored: StoredKey): Promise<KeyHandle> {
    return openKeys.get(`${stored.id} ${hash('sha256', stored.sealed)}`, () => deps.keys.open(stored));
  }

  /** Certificates of CAs come again with each request and are read once; a leaf is read anew. */
  function parseAuthority(der: Uint8Array): Certificate {
    return authorities.get(hash('sha256', der), () => parseCertificate(Uint8Array.from(der)));
  }

  async function obtainLeaf(request: SigningRequest): Promise<ChosenLeaf> {
    const { leaf, intermediate, signingTime } = request;
    if (leaf.kind === 'per-profile') {
      const certificate = parseCertificate(leaf.certDer);
      const key = await openKey(leaf.key);
      return { key, certDer: leaf.certDer, certificate, checked: false, once: false };
    }
    const { subject, notAfter } = leaf;
    const issuer = parseAuthority(intermediate.certDer);
    const order = { issuer, issuerKey: intermediate.key, subject, signingTime, notAfter };
    return { ...(await stock.take(order)), once: true };
  }

  /** A leaf that signs once is checked once; whatever comes again is remembered. */
  function signedBy(leaf: ChosenLeaf, certificate: Certificate, issuer: Certificate): boolean {
    const check = () => certificate.signedBy(issuer.publicKey);
    if (leaf.once && certificate === leaf.certificate) return leaf.checked || check();
    return soundCertificates.get(`${certificate.thumbprint} ${issuer.thumbprint}`, check);
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
    const certificates = [leaf.certificate, ...chain.slice(1).map(parseAuthority)];
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
        now: request.now,
      },
      {
        parse: (der) => known.get(hash('sha256', der)) ?? parseCertificate(der),
        signed: (certificate, issuer) => signedBy(leaf, certificate, issuer),
      },
    );
    if (!verification.verified) {
      const problem = verification.checks.find((check) => check.outcome === 'failed');
      throw new SignatureMakerError(
        'SELF_CHECK_FAILED',
        `the signature that was made does not verify: ${problem?.name}: ${problem?.detail}`,
      );
    }
    return {
      jobId: request.jobId,
      envelope,
      mediaType,
      target: payload.target,
      leafDer: leaf.certDer,
      serialHex: leaf.certificate.serialHex,
      thumbprints,
      tbsHashes: certificates.map((certificate) => hash('sha384', certificate.tbs)),
      signingTime: request.signingTime,
      leafNotAfter: leaf.certificate.notAfter / 1000,
    };
  }

  return {
    make: async (request) => {
      try {
        return await make(request);
      } catch (error) {
        throw asMakerError(error);
      }
    },
    prepare: stock.prepare,
    forgetPrepared: stock.clear,
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

function checkTimes({ signingTime, now, expiry, leaf }: SigningRequest): void {
  const times = [
    signingTime,
    expiry ?? signingTime + 1,
    leaf.kind === 'per-signature' ? leaf.notAfter : signingTime + 1,
  ];
  if (!times.every((time) => Number.isSafeInteger(time) && time > 0 && time < 253_402_300_800))
    throw new SignatureMakerError('INVALID_REQUEST', 'a time is not in whole seconds since 1970');
  if (!(signingTime * 1000 <= now))
    throw new SignatureMakerError('INVALID_REQUEST', 'the signature would be dated after the clock');
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
