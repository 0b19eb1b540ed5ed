// Door of the audit area: what was decided and signed, as records. What is recorded and when is decided here; how
// records are kept from being lost or changed is the adapter's.
export { type CallAudit, makeCallAudit } from './call-audit.ts';
export type { AuditedCall, CallOrigin } from './call-event.ts';
export { type Effect, effectOf } from './effect.ts';
export { type OperatorAction, operatorEvent } from './operator-event.ts';
export { type AuditTrail, NO_AUDIT } from './ports.ts';
export { type SigningJobEnd, signingEvent } from './signing-event.ts';
export { type AuditEvent, type AuditRecord, LastingPart, type UserIdentity } from './types.ts';
