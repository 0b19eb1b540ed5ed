// What the PKI asks of a key store. A key handle signs and never exports; only issue-certificate.ts and the
// signature's notary/sign.ts may call `sign`.

/** The one kind of key that is used: ECDSA on P-384 with SHA-384 (platform Notation-OCI-SHA384-ECDSA). */
export type KeySpec = 'P-384';

/** An open key. Ends with `destroy`, after which `sign` rejects. */
export interface KeyHandle {
  readonly spec: KeySpec;
  /** SubjectPublicKeyInfo, DER. */
  publicKeySpki(): Uint8Array;
  /** ECDSA over SHA-384 of `message`: raw r||s, 96 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** Drops the private key from memory, as far as the runtime allows. */
  destroy(): void;
}

/**
 * A key at rest, as it is kept in the metadata. For `local`, `sealed` is the private key encrypted under the
 * master key; later kinds (KMS, PKCS#11) keep a reference there.
 */
export interface StoredKey {
  readonly id: string;
  readonly kind: 'local';
  readonly sealed: Uint8Array;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
}

export interface KeyStore {
  /** Makes a new key; nothing but the returned value knows of it until it is stored. */
  create(spec: KeySpec): Promise<StoredKey>;
  /** Opens a stored key. Rejects with KeyUnavailableError when it cannot be opened. */
  open(key: StoredKey): Promise<KeyHandle>;
}

/** The key exists but cannot be used now: wrong master key, damaged record, device gone. Never holds key material. */
export class KeyUnavailableError extends Error {
  override readonly name = 'KeyUnavailableError';
}
