// Door of the access area: who calls, and what they may do.
export { type AccessRequest, authorize, type Decision } from './authorize.ts';
export type { Principal, RootPrincipal } from './principal.ts';
