// Content digests as OCI writes them. Digests are always over bytes as received or stored, never over
// re-serialised objects.
import { hash } from 'node:crypto';

export type DigestAlgorithm = 'sha256' | 'sha512';

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case (image-spec, descriptor.md, Digests). */
export type Digest = `${DigestAlgorithm}:${string}`;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether `text` is a digest of an algorithm that is served here. */
export function isDigest(text: string): text is Digest {
  return text.length <= 135 && DIGEST.test(text);
}

/** The algorithm part of a digest. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** Digest of `bytes`, in one call (no streaming state). */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${hash(algorithm, bytes, 'hex')}`;
}
