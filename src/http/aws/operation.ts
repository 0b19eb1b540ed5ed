// What an operation is: where it applies and what it does. A handler is translate in, one domain call,
// translate out; no SQL, no authorization, no validation, no status codes.
import type { Principal } from '../../domain/access/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';

/** What a handler knows beside its input. `S` is the bundle of domain objects that the service works with. */
export interface CallContext<S> {
  readonly principal: Principal;
  /** The registry that is asked: the signature's region, and `registryId` or the caller's own account. */
  readonly account: RegistryKey;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly services: S;
}

/** The types that scripts/generate-api.ts makes of a service. */
export interface OperationTypes {
  readonly [operation: string]: {
    readonly input: object;
    readonly output: object;
    readonly errors: string;
  };
}

/** What a handler knows of a call that nobody signed. */
export type OpenContext<S> = Pick<CallContext<S>, 'requestId' | 'sourceIp' | 'services'>;

export interface OfferedOperation<S> {
  readonly kind: 'offered';
  readonly name: string;
  /** `none`: whoever is proven may call it, or the operation decides by itself. */
  readonly permission: 'asked' | 'none';
  /** ARN of what the call is about, for authorization; `*` for the registry itself. */
  resource(input: object, context: CallContext<S>): string;
  handle(input: object, context: CallContext<S>): Promise<object>;
}

/** An operation that is called without a signature: the input proves the caller. */
export interface OpenOperation<S> {
  readonly kind: 'open';
  readonly name: string;
  handle(input: object, context: OpenContext<S>): Promise<object>;
}

export interface NotOfferedOperation {
  readonly kind: 'not-offered';
  /** One sentence for the client. */
  readonly reason: string;
}

export type Operation<S> = OfferedOperation<S> | OpenOperation<S> | NotOfferedOperation;

/** All operations of a service: one that is forgotten does not compile. */
export type OperationTable<O, S> = { readonly [K in keyof O]: Operation<S> };

type Handler<O extends OperationTypes, K extends keyof O, S> = (
  input: O[K]['input'],
  context: CallContext<S>,
) => Promise<O[K]['output']>;

export interface OperationDefinition<O extends OperationTypes, K extends keyof O, S> {
  readonly permission?: 'none';
  readonly resource?: (input: O[K]['input'], context: CallContext<S>) => string;
  readonly handle: Handler<O, K, S>;
}

/**
 * Makes a service's `operation` function. `defaultResource` is what an operation is about when its definition
 * does not say.
 */
export function makeOperationFactory<O extends OperationTypes, S>(
  defaultResource: (input: object, context: CallContext<S>) => string,
) {
  return function operation<K extends keyof O & string>(
    name: K,
    definition: OperationDefinition<O, K, S> | Handler<O, K, S>,
  ): OfferedOperation<S> {
    const { permission, resource, handle } =
      typeof definition === 'function' ? { handle: definition } : definition;
    return {
      kind: 'offered',
      name,
      permission: permission ?? 'asked',
      // The walker has made the input of exactly this operation's type.
      resource: (input, context) =>
        resource === undefined ? defaultResource(input, context) : resource(input, context),
      handle: (input, context) => handle(input, context),
    };
  };
}

/** An operation that is called without a signature. */
export function openOperation<O extends OperationTypes, K extends keyof O & string, S>(
  name: K,
  handle: (input: O[K]['input'], context: OpenContext<S>) => Promise<O[K]['output']>,
): OpenOperation<S> {
  return { kind: 'open', name, handle: (input, context) => handle(input, context) };
}

/** An operation of the model that is not there yet. */
export function notOffered(reason: string): NotOfferedOperation {
  return { kind: 'not-offered', reason };
}
