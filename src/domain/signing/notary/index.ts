// Door of the Notary Project's signatures: make, verify, publish as a referrer, write trust material.
export { EnvelopeError, maxEnvelopeBytes } from './envelope.ts';
export { readyFor } from './leaf-stock.ts';
export { makeSignatureRecipe, type SignatureRecipe } from './make-signature.ts';
export { buildPayload, PayloadError, parsePayload, parsePayloadToSign } from './payload.ts';
export * from './ports.ts';
export { makeReferrer, type Referrer, type ReferrerBlob } from './referrer.ts';
export { envelopeMediaType, signEnvelope } from './sign.ts';
export { type TrustFile, type TrustStatement, trustStoreFiles, writeTrustPolicy } from './trust-policy.ts';
export {
  type Check,
  type CheckName,
  type SignatureFacts,
  type TrustAnchor,
  type Verification,
  type VerificationInput,
  verifySignature,
} from './verify.ts';
