// AES-256-GCM as everything secret at rest uses it: 12 bytes nonce, ciphertext, 16 bytes tag. What is sealed is
// bound to what it belongs to (additional authenticated data), so that it cannot be put in another's place.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { KeyUnavailableError } from '../../domain/pki/ports.ts';

export const nonceBytes = 12;
export const tagBytes = 16;

export function encrypt(key: Uint8Array, plaintext: Uint8Array, bound: Uint8Array): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Throws KeyUnavailableError when the bytes, the key or what they are bound to are not those of `encrypt`. */
export function decrypt(key: Uint8Array, sealed: Uint8Array, bound: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(bound);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const opened = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
  try {
    decipher.final();
    return opened;
  } catch (error) {
    opened.fill(0);
    throw new KeyUnavailableError('the sealed key was changed, or belongs to another master key', {
      cause: error,
    });
  }
}
