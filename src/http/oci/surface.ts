// The distribution API under /v2: route, who calls, may they, the handler; every refusal in the API's own form.
// Source: opencontainers/distribution-spec 1.1; policy and texts are ECR's.
import type { IncomingMessage } from 'node:http';
import {
  type Authorize,
  type Caller,
  type Decision,
  DOWNLOAD_PARAMETER,
  type DownloadUrls,
  type LoginTokens,
} from '../../domain/access/index.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Registry } from '../../domain/registry/index.ts';
import { ReadOnlyStorage } from '../../domain/storage.ts';
import { type RegistryKey, repositoryArn } from '../../shared/arn.ts';
import { isDigest } from '../../shared/digest.ts';
import { presetHeaders } from '../answers.ts';
import { makeBasicLogin } from '../auth/basic.ts';
import { sendRefused } from '../bounded-refusal.ts';
import { BodyAbortedError, BodyMemoryError, type BodyRules, BodyTimeoutError } from '../read-body.ts';
import { requestFacts } from '../request-facts.ts';
import type { RequestMeta, Surface } from '../surface.ts';
import { auditedCall, auditRefusal, inputOf, madeBy, type Seen } from './audit.ts';
import { makeBufferPool } from './buffer-pool.ts';
import { errorDocument, MOST_DOCUMENT_BYTES, OciError, refuse, renderDomainError } from './errors.ts';
import { type Exchange, type OciServices, sendEmpty } from './exchange.ts';
import { operationsOf } from './operations.ts';
import { type Route, routeOf } from './routes.ts';

/** Download buffers that stay while nobody needs them: 16 MiB. */
const KEPT_BUFFERS = 32;
/** Nobody is there to read the answer. */
const CLIENT_GONE = 499;

export interface OciSurfaceDeps {
  readonly registry: Registry;
  readonly loginTokens: LoginTokens;
  readonly downloadUrls: DownloadUrls;
  readonly authorize: Authorize;
  readonly endpoints: { readonly publicUrl: () => string };
  readonly bodies: BodyRules;
  /** What needs a write, where nothing can be written. */
  readonly passOn?: Surface;
}

/** Who asks and which registry; a signed download address names nobody. */
interface Visitor {
  readonly caller: Caller | undefined;
  readonly registry: RegistryKey;
}

export function makeOciSurface(deps: OciSurfaceDeps): Surface {
  const services: OciServices = {
    registry: deps.registry,
    buffers: makeBufferPool(KEPT_BUFFERS),
    bodies: deps.bodies,
  };
  const basicLogin = makeBasicLogin(deps.loginTokens);

  function challenge(message: string): OciError {
    const realm = `Basic realm="${deps.endpoints.publicUrl()}/",service="ecr.amazonaws.com"`;
    return new OciError(401, { code: 'UNAUTHORIZED', message }, { headers: { 'WWW-Authenticate': realm } });
  }

  /** A signed download address stands for a login, for that blob alone. */
  function signedDownload(request: IncomingMessage, route: Route | undefined, query: URLSearchParams) {
    const seal = query.get(DOWNLOAD_PARAMETER);
    if (seal === null || route?.kind !== 'blob') return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    if (!isDigest(route.digest)) return undefined;
    return deps.downloadUrls.check(seal, route.repositoryName, route.digest);
  }

  async function visitorOf(
    request: IncomingMessage,
    route: Route | undefined,
    query: URLSearchParams,
    meta: RequestMeta,
  ): Promise<Visitor> {
    const download = signedDownload(request, route, query);
    switch (download?.kind) {
      case 'good':
        return { caller: undefined, registry: download.registry };
      case 'expired':
        throw refuse(
          403,
          'DENIED',
          'The download URL has expired; ask for a new one with GetDownloadUrlForLayer',
        );
      case 'bad':
        throw refuse(403, 'DENIED', 'The download URL is not valid for this layer');
      case undefined:
        break;
    }
    const login = await basicLogin(request.headers.authorization);
    if (login.kind === 'refused') throw challenge(login.message);
    const { principal, registry } = login;
    return { caller: { principal, request: requestFacts(request, meta, registry.region) }, registry };
  }

  /** undefined: the signature of the address is the permission. */
  function decide({ caller }: Visitor, action: string, resource: string): Promise<Decision> | undefined {
    return caller && deps.authorize({ caller, action, resource });
  }

  async function run(
    request: IncomingMessage,
    response: Parameters<Surface>[1],
    seen: Seen,
    meta: RequestMeta,
  ): Promise<void> {
    const { path, query } = targetOf(request);
    seen.isStranger = request.headers.authorization === undefined && !query.has(DOWNLOAD_PARAMETER);
    // Whoever is not logged in learns nothing, not even which paths there are.
    const parsed = parse(path);
    const route = parsed instanceof OciError ? undefined : parsed;
    const operations = route === undefined ? {} : operationsOf(route);
    const method = request.method ?? 'GET';
    const operation = Object.hasOwn(operations, method) ? operations[method] : undefined;
    if (operation !== undefined) seen.operation = operation.name;
    if (route !== undefined) seen.input = inputOf(route, query);
    const visitor = await visitorOf(request, route, query, meta);
    const { caller, registry } = visitor;
    if (caller !== undefined) seen.principal = caller.principal;
    seen.registry = registry;
    if (parsed instanceof OciError) throw parsed;
    if (route === undefined)
      throw refuse(404, 'UNSUPPORTED', 'There is nothing at this path of the registry');
    if (operation === undefined) {
      const allow = Object.keys(operations).join(', ');
      throw new OciError(
        405,
        { code: 'UNSUPPORTED', message: `${method.slice(0, 20)} is not supported here (${allow} is)` },
        { headers: { Allow: allow } },
      );
    }
    const repositoryName = 'repositoryName' in route ? route.repositoryName : undefined;
    const exchange: Exchange = {
      request,
      response,
      query,
      registry,
      caller,
      may: async (action, name) =>
        (await decide(visitor, action, repositoryArn(registry, name)))?.allowed ?? true,
    };
    for (const action of operation.actions(exchange)) {
      // Without a repository it is about all of the registry.
      seen.action = action;
      seen.resource = repositoryArn(registry, repositoryName ?? '*');
      const decision = await decide(visitor, action, seen.resource);
      seen.decidedBy = decision?.by;
      if (decision?.allowed === false) throw refuse(403, 'DENIED', decision.reason);
    }
    if (operation.kind === 'read') {
      await operation.handle(exchange, services);
      await meta.audit.record(auditedCall(seen, response.statusCode));
      return;
    }
    meta.audit.requireReady();
    const answer = await operation.handle(exchange, services);
    seen.audited = true;
    await meta.audit.record({ ...auditedCall(seen, answer.status), output: madeBy(answer) });
    sendEmpty(response, answer.status, answer.headers);
  }

  return async (request, response, meta) => {
    presetHeaders(response, API_VERSION);
    const seen: Seen = { operation: 'unknown' };
    try {
      await run(request, response, seen, meta);
      meta.report({ ...reported(seen), status: response.statusCode });
    } catch (thrown) {
      if (thrown instanceof ReadOnlyStorage && deps.passOn !== undefined && !response.headersSent) {
        await deps.passOn(request, response, meta);
        return;
      }
      await refuseWith(thrown, response, meta, seen);
    }
  };
}

function reported({ operation, principal, registry }: Seen) {
  // A registry without a principal is one that a download address was signed for.
  return { operation, ...(principal === undefined ? { isSealed: registry !== undefined } : { principal }) };
}

async function refuseWith(
  thrown: unknown,
  response: Parameters<Surface>[1],
  meta: RequestMeta,
  seen: Seen,
): Promise<void> {
  if (thrown instanceof BodyAbortedError) {
    response.destroy();
    meta.report({ ...reported(seen), status: CLIENT_GONE });
    return;
  }
  if (response.headersSent) {
    // The length is promised already: only a cut connection tells the client that the rest is missing.
    response.destroy();
    await auditRefusal(meta.audit, seen, 500, { code: 'UNKNOWN', message: 'The answer was cut short' });
    meta.report({ ...reported(seen), status: 500, unexpected: thrown });
    return;
  }
  const error = toOciError(thrown);
  // Nobody waits for the rest of a body that comes too slowly.
  if (thrown instanceof BodyTimeoutError) response.setHeader('Connection', 'close');
  const [entry] = error.entries;
  if (entry !== undefined) await auditRefusal(meta.audit, seen, error.status, entry);
  sendRefused(
    response,
    error.status,
    { 'Content-Type': 'application/json', ...error.headers },
    (room) => errorDocument(error.entries, room),
    MOST_DOCUMENT_BYTES,
  );
  meta.report({
    ...reported(seen),
    status: error.status,
    errorCode: entry?.code ?? 'UNKNOWN',
    reason: error.message,
    ...(error.status >= 500 ? { unexpected: error.cause ?? thrown } : {}),
  });
}

function toOciError(thrown: unknown): OciError {
  if (thrown instanceof OciError) return thrown;
  if (thrown instanceof DomainError) return renderDomainError(thrown);
  if (thrown instanceof BodyTimeoutError) return refuse(408, 'SIZE_INVALID', thrown.message);
  if (thrown instanceof BodyMemoryError) {
    return new OciError(
      429,
      { code: 'TOOMANYREQUESTS', message: thrown.message },
      { headers: { 'Retry-After': '1' } },
    );
  }
  const message = 'The request could not be completed because of a fault on our side; try again';
  return new OciError(500, { code: 'UNKNOWN', message }, { cause: thrown });
}

const API_VERSION = { 'Docker-Distribution-Api-Version': 'registry/2.0' };

const NO_QUERY = new URLSearchParams();

function targetOf(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: NO_QUERY };
  return { path: target.slice(0, mark), query: new URLSearchParams(target.slice(mark + 1)) };
}

function parse(path: string): Route | undefined | OciError {
  try {
    return routeOf(path);
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
}
