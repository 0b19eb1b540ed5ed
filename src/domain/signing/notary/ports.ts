// What the signing area asks of whoever makes signatures: one request in, one verified signature out.
// Everything in a request can cross a thread boundary (structured clone).
import type { DistinguishedName, StoredKey } from '../../pki/index.ts';

export type SigningScheme = 'notary.x509.signingAuthority' | 'notary.x509';
export type EnvelopeFormat = 'jws' | 'cose';

/** An OCI content descriptor of what is signed: the media type that is served, the digest, the size in bytes. */
export interface ArtifactDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  /** User metadata; keys under `io.cncf.notary` are reserved and refused. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The attributes that AWS Signer's own signatures carry; they bind a verifier to AWS's notation plugin. */
export interface PluginAttributes {
  readonly verificationPlugin: 'com.amazonaws.signer.notation.plugin';
  /** ARN of the profile version. */
  readonly signingProfileVersion: string;
  /** ARN of the signing job. */
  readonly signingJob: string;
}

/** `descriptor`: we build the payload. `payload`: the caller's bytes are checked and signed as they are. */
export type SigningSubject =
  | { readonly kind: 'descriptor'; readonly descriptor: ArtifactDescriptor }
  | { readonly kind: 'payload'; readonly bytes: Uint8Array };

/** `per-signature`: a fresh key and certificate for this one job. `per-profile`: a stored leaf, used again. */
export type LeafChoice =
  | {
      readonly kind: 'per-signature';
      readonly subject: DistinguishedName;
      /** End of validity, epoch seconds; cut to the intermediate's own end. */
      readonly notAfter: number;
    }
  | { readonly kind: 'per-profile'; readonly key: StoredKey; readonly certDer: Uint8Array };

export interface SigningRequest {
  readonly jobId: string;
  readonly subject: SigningSubject;
  /** Epoch seconds, whole. */
  readonly signingTime: number;
  /** What the clock shows, epoch ms: what is made is verified at this time, as a verifier will. */
  readonly now: number;
  /** Epoch seconds, whole; later than signingTime. */
  readonly expiry?: number;
  readonly scheme: SigningScheme;
  readonly envelope: EnvelopeFormat;
  /** Only for signatures that AWS's plugin will verify. */
  readonly pluginAttributes?: PluginAttributes;
  readonly leaf: LeafChoice;
  readonly intermediate: { readonly key: StoredKey; readonly certDer: Uint8Array };
  readonly rootDer: Uint8Array;
}

export interface MadeSignature {
  readonly jobId: string;
  readonly envelope: Uint8Array;
  /** `application/jose+json` or `application/cose`. */
  readonly mediaType: string;
  /** What the payload names, as parsed from it. */
  readonly target: ArtifactDescriptor;
  readonly leafDer: Uint8Array;
  /** Of the leaf, lower-case hex. */
  readonly serialHex: string;
  /** SHA-256 of each certificate, leaf to root, lower-case hex. */
  readonly thumbprints: readonly string[];
  /** Hex of SHA-384 over each certificate's TBS, leaf to root; GetRevocationStatus speaks of certificates so. */
  readonly tbsHashes: readonly string[];
  /** Epoch seconds. */
  readonly signingTime: number;
  /** Epoch seconds: the leaf's end of validity. */
  readonly leafNotAfter: number;
}

export type SignatureMakerErrorCode =
  /** The payload or a member of the request is not something that may be signed. Trying again is of no use. */
  | 'INVALID_REQUEST'
  | 'KEY_UNAVAILABLE'
  /** What was made did not verify; it was thrown away. */
  | 'SELF_CHECK_FAILED'
  /** The queue is full. */
  | 'OVERLOADED'
  | 'WORKER_CRASHED'
  | 'CLOSED'
  | 'INTERNAL';

/** Why no signature was made. The message holds no secret and may be shown to the owner of the profile. */
export class SignatureMakerError extends Error {
  override readonly name = 'SignatureMakerError';
  readonly code: SignatureMakerErrorCode;

  constructor(code: SignatureMakerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.code !== 'INVALID_REQUEST';
  }
}

export interface SignatureMaker {
  /** Makes and verifies one signature. Rejects with SignatureMakerError. */
  sign(request: SigningRequest): Promise<MadeSignature>;
  /** Takes no new request, finishes the accepted ones, frees what it holds. */
  close(): Promise<void>;
}
