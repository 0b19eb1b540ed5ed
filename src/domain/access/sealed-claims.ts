// Small facts under a key of ours, to be given to a client and to come back unchanged: HMAC-SHA256 over the
// bytes as sent. Not secret, but nobody else can make or change them.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;
const MAX_TEXT = 4096;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

export interface SealedClaims {
  /** `purpose` keeps claims of one kind from being taken for another. */
  seal(purpose: string, claims: Readonly<Record<string, string | number>>): string;
  /** The claims, or undefined when the text was not made by `seal` with this purpose and key. */
  open(purpose: string, text: string): Readonly<Record<string, string | number>> | undefined;
}

/** `key`: 32 bytes or more, kept for as long as what was sealed must be taken back. */
export function makeSealedClaims(key: Uint8Array): SealedClaims {
  const secret: KeyObject = createSecretKey(key);
  const mac = (purpose: string, body: Uint8Array) =>
    createHmac('sha256', secret).update(`${purpose}\n`).update(body).digest();
  return {
    seal(purpose, claims) {
      const body = Buffer.from(JSON.stringify(claims));
      return Buffer.concat([mac(purpose, body), body]).toString('base64url');
    },
    open(purpose, text) {
      if (text.length > MAX_TEXT || !BASE64URL.test(text)) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      // One spelling only: the last character has bits that say nothing.
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return undefined;
      const body = bytes.subarray(MAC_BYTES);
      if (!timingSafeEqual(mac(purpose, body), bytes.subarray(0, MAC_BYTES))) return undefined;
      return JSON.parse(body.toString('utf8')) as Record<string, string | number>;
    },
  };
}
