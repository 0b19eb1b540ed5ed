// What of an AWS call goes into the audit trail, and when. A call that nobody can be named for and that asked for
// nothing (no signature, no operation) is no decision about anybody and is left to the log.
import { effectOf } from '../../domain/audit/index.ts';
import type { RequestAudit } from '../surface.ts';
import type { Seen } from './dispatch.ts';

/** Before the answer. Rejects with StorageUnavailable when a change cannot be recorded: it is not acknowledged then. */
export function auditAnswer(audit: RequestAudit, service: string, seen: Seen, output: object): Promise<void> {
  seen.audited = true;
  const isRead = effectOf(seen.operation) === 'read';
  return audit.record({ ...factsOf(service, seen), status: 200, ...(isRead ? {} : { output }) });
}

/** Before a refusal, which stands whether it can be recorded or not. */
export async function auditRefusal(
  audit: RequestAudit,
  service: string,
  seen: Seen,
  error: { readonly status: number; readonly code: string; readonly message: string },
): Promise<void> {
  // A change whose record failed is not an error of its own: its record waits to be written.
  if (seen.audited === true || seen.operation === 'unknown') return;
  if (seen.principal === undefined && error.code === 'MissingAuthenticationTokenException') return;
  // The trail tells of its own failure; the refusal goes out in any case.
  await audit.record({ ...factsOf(service, seen), status: error.status, error }).catch(() => {});
}

function factsOf(service: string, { operation, principal, registry, resource, decidedBy, input }: Seen) {
  return { service, operation, principal, registry, resource, decidedBy, input };
}
