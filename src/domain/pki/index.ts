// Door of the PKI area: keys behind handles, the account's root, a profile version's intermediate, leaves.

export {
  backdate,
  createIntermediate,
  createRoot,
  type IssuedAuthority,
  intermediateValidity,
  rootValidity,
} from './authority.ts';
export { type Certificate, fromPem, parseCertificate, toPem } from './certificate.ts';
export {
  chainValidityProblem,
  codeSigningChainProblem,
  type EnvelopeAlgorithm,
  maxChainLength,
  type SignatureCheck,
  signatureAlgorithmOf,
} from './chain.ts';
export { DerError } from './der.ts';
export {
  type DistinguishedName,
  defaultLocality,
  intermediateSubject,
  type Locality,
  leafSubject,
  nameProblem,
  rootSubject,
  trustedIdentity,
} from './distinguished-name.ts';
export { issueCertificate } from './issue-certificate.ts';
export {
  type LeafParameters,
  type LeafTemplate,
  makeLeafTemplate,
  type Revocation,
} from './leaf-template.ts';
export { CertificateLintError, LintedCertificate } from './lint.ts';
export { attributeTypes } from './oids.ts';
export { type KeyHandle, type KeySpec, type KeyStore, KeyUnavailableError, type StoredKey } from './ports.ts';
export { resealAll, type SealAgain, type SealedRecord, type SealedRecords } from './reseal.ts';
export { newSerialNumber } from './serial-number.ts';
