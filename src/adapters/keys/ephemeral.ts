// Keys that live in this process only: the key of a leaf that signs once and is forgotten. Signing is
// synchronous inside; use it in a worker, never on the event loop that serves clients.
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type KeyHandle, KeyUnavailableError } from '../../domain/pki/ports.ts';

/** Makes a fresh P-384 key. It cannot be exported or stored. */
export function makeEphemeralKey(): KeyHandle {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return openHandle(privateKey, publicKey.export({ type: 'spki', format: 'der' }));
}

/**
 * Wraps a private key that is in memory. The runtime gives no way to overwrite its memory; `destroy` drops the
 * only reference, and OpenSSL clears the number when it is collected.
 */
export function openHandle(privateKey: KeyObject, spki: Uint8Array): KeyHandle {
  let key: KeyObject | undefined = privateKey;
  return {
    spec: 'P-384',
    publicKeySpki: () => spki,
    async sign(message) {
      if (key === undefined) throw new KeyUnavailableError('the key is closed');
      return sign('sha384', message, { key, dsaEncoding: 'ieee-p1363' });
    },
    destroy() {
      key = undefined;
    },
  };
}

/** SubjectPublicKeyInfo of a private key, DER. */
export function publicKeyOf(privateKey: KeyObject): Uint8Array {
  return createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
}
