// The only place where a CA key signs a certificate. It takes nothing but linted bytes.
import { der, derBitString, derSequence, derUnsigned, tags } from './der.ts';
import { ecdsaSha384Identifier, type LintedCertificate } from './lint.ts';
import type { KeyHandle } from './ports.ts';

/** Signs a linted certificate with its issuer's key. Gives the certificate, DER. */
export async function issueCertificate(linted: LintedCertificate, issuerKey: KeyHandle): Promise<Uint8Array> {
  const tbs = linted.take();
  const signature = await issuerKey.sign(tbs);
  if (signature.length !== 96) throw new Error('the key store gave a signature of the wrong length');
  return derSequence(tbs, ecdsaSha384Identifier(), derBitString(ecdsaSignatureDer(signature)));
}

/** ECDSA-Sig-Value (RFC 3279, 2.2.3) from raw r||s. */
function ecdsaSignatureDer(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  return der(tags.sequence, derUnsigned(raw.subarray(0, half)), derUnsigned(raw.subarray(half)));
}
