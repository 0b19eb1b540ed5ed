// What of a request to /v2 goes into the audit trail, and when: under the name of ECR's action, as in CloudTrail. A
// request without any credentials asks how to log in and is no decision about anybody; the log has it.
import type { DecidedBy, Principal } from '../../domain/access/index.ts';
import type { AuditedCall } from '../../domain/audit/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';
import type { RequestAudit } from '../surface.ts';
import type { Answer } from './exchange.ts';
import type { Route } from './routes.ts';

/** Of every action that is asked for here. */
const PREFIX = 'ecr:';

/** What is known of a request so far. */
export interface Seen {
  /** An operation's name, `unknown` until it is known. */
  operation: string;
  /** No credentials came with it, not even wrong ones. */
  isStranger?: boolean;
  principal?: Principal;
  registry?: RegistryKey;
  /** The action that was decided on last. */
  action?: string;
  resource?: string;
  decidedBy?: DecidedBy | undefined;
  input?: object;
  /** Whether the audit was told. */
  audited?: boolean;
}

/** What the path names, and where a mount takes its layer from. */
export function inputOf(route: Route, query: URLSearchParams): object {
  const { kind, ...input } = route;
  const mount = query.get('mount');
  const digest = query.get('digest');
  return {
    ...input,
    ...('digest' in route
      ? { layerDigest: route.digest }
      : digest === null || kind === 'manifest'
        ? {}
        : { layerDigest: digest }),
    ...(mount === null ? {} : { mount, from: query.get('from') ?? '' }),
  };
}

export function auditedCall(seen: Seen, status: number, error?: AuditedCall['error']): AuditedCall {
  const { operation, principal, registry, resource, decidedBy, input } = seen;
  return {
    service: 'ecr',
    operation: seen.action?.slice(PREFIX.length) ?? operation,
    routeOperation: operation,
    principal,
    registry,
    resource,
    decidedBy,
    input,
    status,
    error,
  };
}

/** What a change made, by its digest or upload. */
export function madeBy({ headers }: Answer): object {
  const digest = headers['Docker-Content-Digest'];
  const uploadId = headers['Docker-Upload-UUID'];
  return {
    ...(digest === undefined ? {} : { digest }),
    ...(uploadId === undefined ? {} : { uploadId }),
  };
}

/** Before a refusal, which stands whether it can be recorded or not. */
export async function auditRefusal(
  audit: RequestAudit,
  seen: Seen,
  status: number,
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  // A change whose record failed is not an error of its own: its record waits to be written.
  if (seen.audited === true || seen.operation === 'unknown' || seen.isStranger === true) return;
  // The trail tells of its own failure; the refusal goes out in any case.
  await audit.record(auditedCall(seen, status, error)).catch(() => {});
}
