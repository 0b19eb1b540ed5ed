// The one pipeline of all AWS operations, whatever the protocol: limits, who calls, checked input, may they,
// the handler, the answer. Protocols (json-rpc.ts, rest-json.ts) say how each step looks on the wire.
import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Authorize, Caller, DecidedBy, Principal, RequestFacts } from '../../domain/access/index.ts';
import { effectOf } from '../../domain/audit/index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { RegistryKey } from '../../shared/arn.ts';
import { unreachable } from '../../shared/assert.ts';
import { isUnsigned, type SigV4Verifier, type VerifiedCaller } from '../auth/sigv4.ts';
import { SigV4Error } from '../auth/sigv4-canonical.ts';
import {
  BodyMemoryError,
  type BodyRules,
  BodyTimeoutError,
  BodyTooLargeError,
  readBody,
} from '../read-body.ts';
import { requestFacts } from '../request-facts.ts';
import type { RequestMeta } from '../surface.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import type { CallContext, OfferedOperation, Operation } from './operation.ts';
import { ConstraintError, MalformedInputError } from './shapes.ts';
import { WireError } from './wire-error.ts';

export interface Service<S> {
  /** Prefix of action names: `ecr`, `signer`. */
  readonly prefix: string;
  readonly model: ServiceModel;
  readonly operations: Readonly<Record<string, Operation<S>>>;
  readonly services: S;
  readonly verifier: SigV4Verifier;
  /** Whether there are operations that are called without a signature. */
  readonly takesUnsigned?: boolean;
  readonly authorize: Authorize;
  /** The domain's refusals in the service's words. */
  readonly renderDomainError: (error: DomainError) => {
    readonly code: string;
    readonly members?: Readonly<Record<string, unknown>>;
  };
  /** Name of the error for what nobody expected. */
  readonly internalError: string;
  /** Errors that any operation may answer with, whether its model lists them or not. */
  readonly commonErrors: readonly string[];
  /** Errors for faults of meaning that an operation may not declare otherwise, best first. */
  readonly invalidInputErrors: readonly string[];
  /** Bytes of a request's body, by operation; `default` for the others. */
  readonly bodyLimits: Readonly<Record<string, number>> & { readonly default: number };
  readonly bodies: BodyRules;
}

/** What is known of a call so far: for the log, the audit, and the error that it may end with. */
export interface Seen {
  /** An operation's name, `unknown` until it is known. */
  operation: string;
  principal?: Principal;
  input?: object;
  registry?: RegistryKey;
  /** ARN of what the call is about or may not be about, `*` for the registry itself. */
  resource?: string;
  /** The policy statement that allowed or denied it. */
  decidedBy?: DecidedBy | undefined;
  /** Whether the audit was told. */
  audited?: boolean;
}

/** How a protocol finds the operation and its input in a body (or knows them from the head already). */
export type OpenBody = (body: Buffer) => {
  readonly name: string;
  readonly input: () => object | Promise<object>;
};

/** Whether it is hashed, parsed, checked and handled in turns of their own, so that others are answered in between. */
export function isLargeBody({ length }: Uint8Array): boolean {
  return length > ONE_TURN_BYTES;
}

const ONE_TURN_BYTES = 1024 * 1024;

function statusOf(model: ServiceModel, code: string): number {
  return model.errorStatus[code] ?? 400;
}

function mayAnswer<S>(service: Service<S>, operation: OperationModel, code: string): boolean {
  return operation.errors.includes(code) || service.commonErrors.includes(code);
}

/** The error as the operation declares it; an undeclared one becomes the nearest declared one. */
function declared<S>(service: Service<S>, operation: OperationModel, error: WireError): WireError {
  if (mayAnswer(service, operation, error.code)) return error;
  const fallback = service.invalidInputErrors.find((code) => mayAnswer(service, operation, code));
  if (fallback === undefined || error.status >= 500) return internalError(service, error);
  return new WireError(fallback, statusOf(service.model, fallback), error.message, { cause: error });
}

function internalError<S>(service: Service<S>, cause: unknown): WireError {
  return new WireError(
    service.internalError,
    statusOf(service.model, service.internalError),
    'The request could not be completed because of a fault on our side; try again, and look for the request id in the log.',
    { cause },
  );
}

/** Any thrown value as the error that goes out. */
export function toWireError<S>(
  service: Service<S>,
  operation: OperationModel | undefined,
  error: unknown,
): WireError {
  if (error instanceof WireError) return error;
  if (error instanceof SigV4Error) {
    return new WireError(
      error.code,
      error.code === 'MissingAuthenticationTokenException' ? 403 : 400,
      error.message,
    );
  }
  if (error instanceof BodyTooLargeError) {
    return new WireError('RequestEntityTooLargeException', 413, error.message);
  }
  if (error instanceof BodyMemoryError) {
    return new WireError(
      'ThrottlingException',
      statusOf(service.model, 'ThrottlingException'),
      error.message,
    );
  }
  if (error instanceof BodyTimeoutError) return new WireError('RequestTimeoutException', 408, error.message);
  if (error instanceof MalformedInputError)
    return new WireError('SerializationException', 400, error.message);
  if (operation !== undefined && error instanceof ConstraintError) {
    const code = service.invalidInputErrors.find((name) => mayAnswer(service, operation, name));
    return new WireError(code ?? 'ValidationException', 400, error.message);
  }
  if (operation !== undefined && error instanceof DomainError) {
    const { code, members } = service.renderDomainError(error);
    return declared(
      service,
      operation,
      new WireError(code, statusOf(service.model, code), error.message, {
        ...(members === undefined ? {} : { members }),
        cause: error,
      }),
    );
  }
  return internalError(service, error);
}

/**
 * Runs one call: from the head to the handler's output. `seen` learns the operation, the principal and all that is
 * decided as soon as it is known. Throws whatever went wrong; `toWireError` makes an answer of it.
 */
export async function call<S>(
  service: Service<S>,
  request: IncomingMessage,
  meta: Pick<RequestMeta, 'requestId' | 'sourceIp' | 'isEncrypted' | 'audit'>,
  seen: Seen,
  open: OpenBody,
): Promise<object> {
  const head = {
    method: request.method ?? 'POST',
    target: request.url ?? '/',
    headers: request.headersDistinct,
  };
  // Strangers are turned away before a body is read, unless the service has something for them.
  const proveBody =
    service.takesUnsigned === true && isUnsigned(head) ? undefined : await service.verifier(head);
  using body = await readBody(
    request,
    service.bodyLimits[seen.operation] ?? service.bodyLimits.default,
    service.bodies,
  );
  const caller = proveBody?.(body.bytes);
  if (caller !== undefined) seen.principal = caller.principal;
  const takesTurns = isLargeBody(body.bytes);
  if (takesTurns) await nextTurn();
  const { name, input } = open(body.bytes);
  seen.operation = name;
  const operation = service.operations[name];
  if (operation === undefined) throw new Error(`no operation ${name}`);
  const { requestId, sourceIp } = meta;
  switch (operation.kind) {
    case 'not-offered':
      if (caller === undefined) throw missingSignature();
      throw new WireError(
        'UnknownOperationException',
        400,
        `${name} is not offered yet: ${operation.reason}`,
      );
    case 'open':
      seen.input = await input();
      if (effectOf(name) !== 'read') meta.audit.requireReady();
      // Awaited: the memory of the body is given back on the way out.
      return await operation.handle(seen.input, {
        requestId,
        sourceIp,
        services: service.services,
        request: requestFacts(request, meta, ''),
        decided: noteIn(seen),
      });
    case 'offered':
      if (caller === undefined) throw missingSignature();
      seen.input = await input();
      if (takesTurns) await nextTurn();
      return await perform(
        service,
        operation,
        caller,
        seen.input,
        requestFacts(request, meta, caller.region),
        meta,
        seen,
      );
    default:
      return unreachable(operation);
  }
}

const noteIn = (seen: Seen) => (resource: string, by: DecidedBy | undefined) => {
  seen.resource = resource;
  seen.decidedBy = by;
};

function missingSignature(): SigV4Error {
  return new SigV4Error('MissingAuthenticationTokenException', 'Missing Authentication Token');
}

/** May they, then the handler. */
async function perform<S>(
  service: Service<S>,
  operation: OfferedOperation<S>,
  verified: VerifiedCaller,
  input: object,
  request: RequestFacts,
  { requestId, sourceIp, audit }: Pick<RequestMeta, 'requestId' | 'sourceIp' | 'isEncrypted' | 'audit'>,
  seen: Seen,
): Promise<object> {
  const { principal } = verified;
  const registryId = (input as { readonly registryId?: string }).registryId;
  const caller: Caller = { principal, request };
  const context: CallContext<S> = {
    principal,
    caller,
    account: { accountId: registryId ?? principal.accountId, region: verified.region },
    requestId,
    sourceIp,
    services: service.services,
    decided: noteIn(seen),
  };
  seen.registry = context.account;
  const needed = operation.permission === 'asked' ? await operation.permissions(input, context) : [];
  for (const { action, ...about } of needed) {
    const decision = await service.authorize({
      ...about,
      caller,
      action: `${service.prefix}:${action}`,
      account: context.account.accountId,
    });
    seen.decidedBy = decision.by;
    seen.resource ??= about.resource;
    if (!decision.allowed) {
      seen.resource = about.resource;
      throw new WireError(
        'AccessDeniedException',
        statusOf(service.model, 'AccessDeniedException'),
        decision.reason,
      );
    }
  }
  if (effectOf(operation.name) !== 'read') audit.requireReady();
  return operation.handle(input, context);
}
