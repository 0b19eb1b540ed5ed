// Door of the access area: who calls, what they may do, and the tokens that say so.
export { type AccessRequest, authorize, type Decision } from './authorize.ts';
export {
  DOWNLOAD_PARAMETER,
  type DownloadCheck,
  type DownloadUrls,
  makeDownloadUrls,
} from './download-urls.ts';
export * from './policy/index.ts';
export {
  type AssumedRolePrincipal,
  type Principal,
  type RootPrincipal,
  rootPrincipal,
  type UserPrincipal,
} from './principal.ts';
export { makeSealedClaims, type SealedClaims } from './sealed-claims.ts';
export { type LoginCheck, type LoginToken, type LoginTokens, makeLoginTokens } from './tokens.ts';
