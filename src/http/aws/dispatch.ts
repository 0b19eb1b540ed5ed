// The one pipeline of all AWS operations, whatever the protocol: limits, who calls, checked input, may they,
// the handler, the answer. Protocols (json-rpc.ts, rest-json.ts) say how each step looks on the wire.
import type { IncomingMessage } from 'node:http';
import type { AccessRequest, Decision, Principal } from '../../domain/access/index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { SigV4Verifier } from '../auth/sigv4.ts';
import { SigV4Error } from '../auth/sigv4-canonical.ts';
import {
  BodyMemoryError,
  type BodyRules,
  BodyTimeoutError,
  BodyTooLargeError,
  readBody,
} from '../read-body.ts';
import type { RequestMeta } from '../surface.ts';
import type { OperationModel, ServiceModel } from './model.ts';
import type { CallContext, NotOfferedOperation, OfferedOperation } from './operation.ts';
import { ConstraintError, MalformedInputError, writeShape } from './shapes.ts';
import { WireError } from './wire-error.ts';

export interface Service<S> {
  /** Prefix of action names: `ecr`, `signer`. */
  readonly prefix: string;
  readonly model: ServiceModel;
  readonly operations: Readonly<Record<string, OfferedOperation<S> | NotOfferedOperation>>;
  readonly services: S;
  readonly verifier: SigV4Verifier;
  readonly authorize: (request: AccessRequest) => Decision;
  /** The domain's refusals in the service's words. */
  readonly renderDomainError: (error: DomainError) => {
    readonly code: string;
    readonly members?: Readonly<Record<string, unknown>>;
  };
  /** Name of the error for what nobody expected. */
  readonly internalError: string;
  /** Errors for faults of meaning that an operation may not declare otherwise, best first. */
  readonly invalidInputErrors: readonly string[];
  /** Bytes of a request's body, by operation; `default` for the others. */
  readonly bodyLimits: Readonly<Record<string, number>> & { readonly default: number };
  readonly bodies: BodyRules;
}

/** How a protocol finds the input: from the body, or from path and query too. */
export type ReadInput = (body: Buffer) => object;

export interface CallResult {
  readonly status: number;
  /** What JSON.stringify writes; undefined for an answer without a body. */
  readonly output: unknown;
}

/** Errors that any operation may answer with, whether its model lists them or not. */
const COMMON_ERRORS: ReadonlySet<string> = new Set(['AccessDeniedException', 'ThrottlingException']);

function statusOf(model: ServiceModel, code: string): number {
  return model.errorStatus[code] ?? 400;
}

/** The error as the operation declares it; an undeclared one becomes the nearest declared one. */
function declared<S>(service: Service<S>, operation: OperationModel, error: WireError): WireError {
  if (operation.errors.includes(error.code) || COMMON_ERRORS.has(error.code)) return error;
  const fallback = service.invalidInputErrors.find((code) => operation.errors.includes(code));
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
    const code = service.invalidInputErrors.find((name) => operation.errors.includes(name));
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
 * Runs one call. `seen` learns the principal as soon as it is proven.
 * Throws whatever went wrong; `toWireError` makes an answer of it.
 */
export async function call<S>(
  service: Service<S>,
  name: string,
  request: IncomingMessage,
  meta: Pick<RequestMeta, 'requestId' | 'sourceIp'>,
  readInput: ReadInput,
  seen: (principal: Principal) => void,
): Promise<CallResult> {
  const operation = service.operations[name];
  const operationModel = service.model.operations[name];
  if (operation === undefined || operationModel === undefined) throw new Error(`no operation ${name}`);
  const proveBody = await service.verifier({
    method: request.method ?? 'POST',
    target: request.url ?? '/',
    headers: request.headersDistinct,
  });
  using body = await readBody(
    request,
    service.bodyLimits[name] ?? service.bodyLimits.default,
    service.bodies,
  );
  const caller = proveBody(body.bytes);
  seen(caller.principal);
  if (operation.kind === 'not-offered') {
    throw new WireError('UnknownOperationException', 400, `${name} is not offered yet: ${operation.reason}`);
  }
  const input = readInput(body.bytes);
  const registryId = (input as { readonly registryId?: string }).registryId;
  const context: CallContext<S> = {
    principal: caller.principal,
    account: { accountId: registryId ?? caller.principal.accountId, region: caller.region },
    requestId: meta.requestId,
    sourceIp: meta.sourceIp,
    services: service.services,
  };
  const decision = service.authorize({
    principal: caller.principal,
    action: `${service.prefix}:${name}`,
    resource: operation.resource(input, context),
  });
  if (!decision.allowed) {
    throw new WireError(
      'AccessDeniedException',
      statusOf(service.model, 'AccessDeniedException'),
      decision.reason,
    );
  }
  const output = await operation.handle(input, context);
  return {
    status: 200,
    output:
      operationModel.output === undefined
        ? undefined
        : writeShape(service.model, operationModel.output, output),
  };
}
