// Small facts under a key of ours, to be given to a client and to come back unchanged: HMAC-SHA256 over the
// bytes as sent. Not secret, but nobody else can make or change them.
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

const MAC_BYTES = 32;
const MAX_TEXT = 4096;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

export interface SealedClaims {
  /** Changes when the keys do: what was taken under the old ones has to be looked at again. */
  generation(): number;
  /** `purpose` keeps claims of one kind from being taken for another. */
  seal(purpose: string, claims: Readonly<Record<string, string | number>>): string;
  /** What `seal` gives now and what it gave under the keys that were in use before. */
  sealedUnderAll(purpose: string, claims: Readonly<Record<string, string | number>>): readonly string[];
  /** The claims, or undefined when the text was not made by `seal` with this purpose and key. */
  open(purpose: string, text: string): Readonly<Record<string, string | number>> | undefined;
}

/**
 * `keys`: of 32 bytes or more, the one in use first; one that was in use is kept for as long as what it sealed must be
 * taken back. The same array for as long as nothing changes.
 */
export function makeSealedClaims(keys: () => readonly Uint8Array[]): SealedClaims {
  let known: readonly Uint8Array[] = [];
  let secrets: readonly KeyObject[] = [];
  let generation = 0;
  function atHand(): readonly KeyObject[] {
    const now = keys();
    if (now !== known) {
      known = now;
      secrets = now.map((key) => createSecretKey(key));
      generation += 1;
    }
    return secrets;
  }
  const macUnder = (secret: KeyObject, purpose: string, body: Uint8Array) =>
    createHmac('sha256', secret).update(`${purpose}\n`).update(body).digest();
  function mac(purpose: string, body: Uint8Array): Buffer {
    const [secret] = atHand();
    if (secret === undefined) throw new Error('there is no key to seal claims with');
    return macUnder(secret, purpose, body);
  }
  return {
    generation() {
      atHand();
      return generation;
    },
    seal(purpose, claims) {
      const body = Buffer.from(JSON.stringify(claims));
      return Buffer.concat([mac(purpose, body), body]).toString('base64url');
    },
    sealedUnderAll(purpose, claims) {
      const body = Buffer.from(JSON.stringify(claims));
      return atHand().map((secret) =>
        Buffer.concat([macUnder(secret, purpose, body), body]).toString('base64url'),
      );
    },
    open(purpose, text) {
      if (text.length > MAX_TEXT || !BASE64URL.test(text)) return undefined;
      const bytes = Buffer.from(text, 'base64url');
      // One spelling only: the last character has bits that say nothing.
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return undefined;
      const body = bytes.subarray(MAC_BYTES);
      const given = bytes.subarray(0, MAC_BYTES);
      if (!atHand().some((secret) => timingSafeEqual(macUnder(secret, purpose, body), given)))
        return undefined;
      return JSON.parse(body.toString('utf8')) as Record<string, string | number>;
    },
  };
}
