// Door of the access area: who calls, what they may do, and the tokens that say so.
export { type Access, type AccessDeps, makeAccess } from './access.ts';
export {
  type AccessRequest,
  type Authorize,
  type ConditionKeys,
  makeAuthorizer,
  type NamedResource,
  type ResourceArea,
  type ResourceFacts,
} from './authorizer.ts';
export type { Caller, RequestFacts } from './caller.ts';
export type { Credential, Credentials } from './credentials.ts';
export { type Decide, type Decision, makeDecide } from './decide.ts';
export {
  DOWNLOAD_PARAMETER,
  type DownloadCheck,
  type DownloadUrls,
  makeDownloadUrls,
} from './download-urls.ts';
export {
  type Iam,
  type IdentityName,
  identityArn,
  type KeyOwner,
  policyArn,
  type Simulation,
  type SimulationResult,
  type Tag,
  type UsedPolicy,
} from './iam/index.ts';
export type { KeyUses } from './key-uses.ts';
export * from './policy/index.ts';
export { makePolicyDocuments, type PolicyDocuments } from './policy-documents.ts';
export {
  type AssumedRolePrincipal,
  lastingIdOf,
  type Principal,
  type RootPrincipal,
  rootPrincipal,
  type UserPrincipal,
} from './principal.ts';
export type { IdentityPolicies, PolicyLookup, PrincipalPolicies } from './principal-policies.ts';
export type { RequestTags } from './request-context.ts';
export { makeSealedClaims, type SealedClaims } from './sealed-claims.ts';
export type { IssuedSession, RoleSession, Sts } from './sts/index.ts';
export { type LoginCheck, type LoginToken, type LoginTokens, makeLoginTokens } from './tokens.ts';
export type * from './types.ts';
