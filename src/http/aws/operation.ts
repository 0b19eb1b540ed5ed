// What an operation is: where it applies and what it does. A handler is translate in, one domain call,
// translate out; no SQL, no authorization, no validation, no status codes.
import type {
  Caller,
  ConditionKeys,
  DecidedBy,
  Principal,
  RequestFacts,
  RequestTags,
} from '../../domain/access/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';

/** What a handler knows beside its input. `S` is the bundle of domain objects that the service works with. */
export interface CallContext<S> {
  readonly principal: Principal;
  /** The principal with the facts of its request, for what is decided on its behalf. */
  readonly caller: Caller;
  /** The registry that is asked: the signature's region, and `registryId` or the caller's own account. */
  readonly account: RegistryKey;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly services: S;
  /** For an operation that decides by itself: told what it decided about (an ARN), and by which statement. */
  readonly decided: (resource: string, by: DecidedBy | undefined) => void;
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
export interface OpenContext<S>
  extends Pick<CallContext<S>, 'requestId' | 'sourceIp' | 'services' | 'decided'> {
  /** The region is empty: nothing in the call names one. */
  readonly request: RequestFacts;
}

export interface OfferedOperation<S> {
  readonly kind: 'offered';
  readonly name: string;
  /** `none`: whoever is proven may call it, or the operation decides by itself. */
  readonly permission: 'asked' | 'none';
  /** What the caller must be allowed to do, all of it; the first is the operation itself. */
  permissions(input: object, context: CallContext<S>): readonly Permission[] | Promise<readonly Permission[]>;
  handle(input: object, context: CallContext<S>): Promise<object>;
}

/** One thing that a call needs to be allowed. */
export interface Permission {
  /** Without the service's prefix. */
  readonly action: string;
  /** ARN of what the call is about; `*` for an action that has no resource. */
  readonly resource: string;
  readonly requestTags?: RequestTags | undefined;
  /** Condition keys of the service's own, in lower case. */
  readonly keys?: ConditionKeys | undefined;
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
  /** What the call is about, when that is not the default; several when each must be allowed. */
  readonly resource?: (
    input: O[K]['input'],
    context: CallContext<S>,
  ) => string | readonly string[] | Promise<string>;
  /** The tags that the call sets, or the keys of those that it removes. */
  readonly requestTags?: (input: O[K]['input']) => RequestTags | undefined;
  /** What else must be allowed. */
  readonly alsoNeeds?: (
    input: O[K]['input'],
    context: CallContext<S>,
  ) => readonly Permission[] | Promise<readonly Permission[]>;
  readonly handle: Handler<O, K, S>;
}

/** What policies may ask of a call beside its resource, when the definition of its operation does not say. */
export type DefaultFacts<S> = (
  name: string,
  input: object,
  context: CallContext<S>,
) => Promise<Pick<Permission, 'requestTags' | 'keys'>>;

/**
 * Makes a service's `operation` function. `defaultResource` is what an operation is about when its definition
 * does not say.
 */
export function makeOperationFactory<O extends OperationTypes, S>(
  defaultResource: (input: object, context: CallContext<S>) => string | Promise<string>,
  defaultFacts: DefaultFacts<S> = async () => ({}),
) {
  return function operation<K extends keyof O & string>(
    name: K,
    definition: OperationDefinition<O, K, S> | Handler<O, K, S>,
  ): OfferedOperation<S> {
    const { permission, resource, requestTags, alsoNeeds, handle }: OperationDefinition<O, K, S> =
      typeof definition === 'function' ? { handle: definition } : definition;
    return {
      kind: 'offered',
      name,
      permission: permission ?? 'asked',
      // The walker has made the input of exactly this operation's type.
      async permissions(input, context) {
        const about = await (resource === undefined
          ? defaultResource(input, context)
          : resource(input, context));
        // A call that names nothing is still asked for.
        const resources = typeof about === 'string' ? [about] : about.length === 0 ? ['*'] : about;
        const facts =
          requestTags === undefined
            ? await defaultFacts(name, input, context)
            : { requestTags: requestTags(input) };
        return [
          ...resources.map((one) => ({ action: name, resource: one, ...facts })),
          ...((await alsoNeeds?.(input, context)) ?? []),
        ];
      },
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
