// The one decision "may this principal do this?". Deny by default; no caller may act on its own judgement.
import { parseArn } from '../../shared/arn.ts';
import type { Principal } from './principal.ts';

/** One question to the policy evaluation. `resource` is an ARN, or `*` for the principal's own registry. */
export interface AccessRequest {
  readonly principal: Principal;
  /** Service prefix and operation, e.g. `ecr:PutImage`, `signer:SignPayload`. */
  readonly action: string;
  readonly resource: string;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/**
 * Decides one request. An account's root may do everything in its own account; nothing else is allowed, to nobody:
 * policies are not asked yet. `reason` is IAM's sentence and names principal, action and resource.
 */
export function authorize(request: AccessRequest): Decision {
  const { principal, action, resource } = request;
  const owner = resource === '*' ? principal.accountId : parseArn(resource)?.accountId;
  if (principal.kind === 'root' && owner === principal.accountId) return { allowed: true };
  const kind = owner === principal.accountId ? 'identity' : 'resource';
  return {
    allowed: false,
    reason: `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} because no ${kind}-based policy allows the ${action} action`,
  };
}
