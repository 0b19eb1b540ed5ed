// From what a surface knows of a call to what its record says of it. Pure: the same call gives the same.
import { accountOf, type RegistryKey } from '../../shared/arn.ts';
import { unreachable } from '../../shared/assert.ts';
import type { DecidedBy, Principal } from '../access/index.ts';
import { effectOf } from './effect.ts';
import { safeParameters } from './parameters.ts';
import type { Urgency } from './ports.ts';
import type { LastingPart, UserIdentity } from './types.ts';

const MAX_USER_AGENT = 256;
const MAX_MESSAGE = 1024;
/** Text that is certainly printable: most of it. */
const PLAIN = /^[\x20-\x7e]*$/;
/** What a terminal or a reader of lines could take for more than text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A call that was decided on, however it ended. */
export interface AuditedCall {
  /** Prefix of the service's actions: `ecr`. */
  readonly service: string;
  readonly operation: string;
  /** The distribution API's name of it. */
  readonly routeOperation?: string | undefined;
  /** undefined: nobody was proven to call. */
  readonly principal?: Principal | undefined;
  /** The registry that was asked, if the call came so far. */
  readonly registry?: RegistryKey | undefined;
  /** ARN of what it was about; `*` for the registry itself. */
  readonly resource?: string | undefined;
  readonly decidedBy?: DecidedBy | undefined;
  /** The whole input; only what is safe is kept. */
  readonly input?: unknown;
  /** The whole answer to what changed something; only what is safe is kept. */
  readonly output?: unknown;
  readonly status: number;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}

/** Where a call came from. */
export interface CallOrigin {
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}

export interface HomeRegistry {
  readonly accountId: string;
  readonly region: string;
}

/** `home`: where a call belongs that named no registry. */
export function factsOf(call: AuditedCall, origin: CallOrigin, home: HomeRegistry): LastingPart['facts'] {
  const { registry, principal, error, resource } = call;
  const accountId = registry?.accountId ?? principal?.accountId ?? home.accountId;
  // What is undefined is not written.
  return {
    eventVersion: '1.11',
    userIdentity: principal === undefined ? { type: 'Unknown' } : identityOf(principal),
    eventSource: `${call.service}.amazonaws.com`,
    eventName: call.operation,
    awsRegion: registry?.region ?? home.region,
    sourceIPAddress: origin.sourceIp,
    userAgent: origin.userAgent && printable(origin.userAgent, MAX_USER_AGENT),
    errorCode: error?.code,
    errorMessage: error && printable(error.message, MAX_MESSAGE),
    requestParameters: safeParameters(call.input),
    responseElements: safeParameters(call.output),
    additionalEventData: {
      operation: call.routeOperation,
      httpStatus: call.status,
      decidedBy: call.decidedBy,
    },
    readOnly: effectOf(call.operation) !== 'change',
    resources:
      resource === undefined || resource === '*'
        ? undefined
        : [{ ARN: resource, accountId: accountOf(resource) || accountId }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

const DENIALS: ReadonlySet<string> = new Set(['AccessDeniedException', 'AccessDenied', 'DENIED']);

/**
 * Changes, new credentials and refusals of permission must be on disk before the caller learns of them. A stranger
 * cannot make the server wait for its disk.
 */
export function urgencyOf(call: AuditedCall): Urgency {
  if (call.principal === undefined && call.error !== undefined) return 'soon';
  if (call.error !== undefined && DENIALS.has(call.error.code)) return 'before-answer';
  return effectOf(call.operation) === 'read' ? 'soon' : 'before-answer';
}

const identities = new WeakMap<Principal, UserIdentity>();

/** Of a principal, who is the same object for as long as nothing about it changes. */
export function identityOf(principal: Principal): UserIdentity {
  const known = identities.get(principal);
  if (known !== undefined) return known;
  const identity = makeIdentity(principal);
  identities.set(principal, identity);
  return identity;
}

function makeIdentity(principal: Principal): UserIdentity {
  const { accountId, arn, accessKeyId, tokenIssuedAt } = principal;
  const common = { principalId: principal.userId, arn, accountId, accessKeyId };
  const attributes =
    tokenIssuedAt === undefined ? undefined : { creationDate: new Date(tokenIssuedAt).toISOString() };
  const session = attributes === undefined ? {} : { sessionContext: { attributes } };
  switch (principal.kind) {
    case 'root':
      return { type: 'Root', ...common, ...session };
    case 'user':
      return { type: 'IAMUser', ...common, userName: principal.userName, ...session };
    case 'assumed-role':
      return {
        type: 'AssumedRole',
        ...common,
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: principal.roleId,
            arn: principal.roleArn,
            accountId,
            userName: principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1),
          },
          ...(attributes === undefined ? {} : { attributes }),
        },
      };
    default:
      return unreachable(principal);
  }
}

/** Text of a client in one bounded line. */
export function printable(text: string, limit: number): string {
  const line = PLAIN.test(text) ? text : text.replaceAll(UNPRINTABLE, '?');
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}
