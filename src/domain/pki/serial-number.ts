// Serial numbers of our certificates.
import { randomBytes } from 'node:crypto';

/** 16 random bytes whose top bits are 01: positive, of a fixed length, 126 bits of chance. */
export function newSerialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}
