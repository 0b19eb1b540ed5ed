// What is asked of the server beside AWS's APIs and /v2. Requests are signed (SigV4, service `sealport`). Under /admin/ with a
// key of the root of the server's own account: nobody else gets anything there, whatever policies say, because it is
// about all accounts. What is for every principal is decided by policies.
import type { IncomingMessage } from 'node:http';
import type { Principal } from '../../domain/access/index.ts';
import type { AuditedCall } from '../../domain/audit/index.ts';
import { DomainError } from '../../domain/errors.ts';
import { type Callers, makeSigV4Verifier } from '../auth/sigv4.ts';
import { SigV4Error } from '../auth/sigv4-canonical.ts';
import { sendRefusedJson } from '../bounded-refusal.ts';
import { hasBody } from '../read-body.ts';
import { requestFacts } from '../request-facts.ts';
import { type Surface, sendJson } from '../surface.ts';
import { AdminError, type AdminOperation, type AdminRoute } from './route.ts';

export interface AdminSurfaceDeps {
  readonly callers: Callers;
  /** The account whose root operates the server. */
  readonly accountId: string;
  /** By path. */
  readonly routes: Readonly<Record<string, AdminRoute>>;
}

/** What is known of a request so far, for the audit. */
type Seen = Pick<AuditedCall, 'operation'> &
  Partial<Pick<AuditedCall, 'principal' | 'registry' | 'resource' | 'decidedBy'>>;

export function makeAdminSurface(deps: AdminSurfaceDeps): Surface {
  const { callers, accountId, routes } = deps;
  const verifier = makeSigV4Verifier({ service: 'sealport', ...callers });

  async function callerOf(request: IncomingMessage) {
    const proveBody = await verifier({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: request.headersDistinct,
    });
    // No request here has a body: what is signed is that it is empty.
    if (hasBody(request)) throw new AdminError(400, 'InvalidRequest', 'The request must not have a body');
    return proveBody(new Uint8Array(0));
  }

  function requireOperator(principal: Principal): void {
    if (principal.kind === 'root' && principal.accountId === accountId) return;
    const message = `Only the root of account ${accountId} operates this server: sign with its root key pair`;
    throw new AdminError(403, 'AccessDenied', message);
  }

  return async (request, response, meta) => {
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    const { method } = request;
    const found = method === 'GET' || method === 'POST' || method === 'DELETE' ? route?.[method] : undefined;
    let seen: Seen = { operation: found?.operation ?? 'unknown' };
    const audited = (status: number) => ({
      ...seen,
      service: 'sealport',
      input: Object.fromEntries(new URLSearchParams(search)),
      status,
    });
    const reported = (status: number) => ({
      operation: seen.operation,
      ...(seen.principal === undefined ? {} : { principal: seen.principal }),
      status,
    });
    request.resume();
    try {
      const { principal, region } = await callerOf(request);
      seen = { ...seen, principal };
      // What is not there is for nobody.
      if (found?.for !== 'principals') requireOperator(principal);
      if (route === undefined) throw new AdminError(404, 'NotFound', 'There is nothing at this path');
      if (found === undefined) {
        const allow = Object.keys(route).join(', ');
        const message = `${allow} are offered here`;
        sendRefusedJson(response, 405, { code: 'MethodNotAllowed', message }, { Allow: allow });
        meta.report(reported(405));
        return;
      }
      if (method !== 'GET') meta.audit.requireReady();
      const { status, document } = await found.handle(queryOf(found, search), {
        caller: { principal, request: requestFacts(request, meta, region) },
        decided: (facts) => {
          seen = { ...seen, ...facts };
        },
      });
      await meta.audit.record(audited(status));
      sendJson(response, status, document);
      meta.report(reported(status));
    } catch (thrown) {
      const error = adminErrorOf(thrown);
      const { status, code, message } = error;
      // A refusal stands whether it can be recorded or not; the trail tells of its own failure.
      if (seen.operation !== 'unknown' && code !== 'MissingAuthenticationTokenException')
        await meta.audit.record({ ...audited(status), error: { code, message } }).catch(() => {});
      sendRefusedJson(response, error.status, { code: error.code, message: error.message });
      meta.report({
        ...reported(error.status),
        errorCode: error.code,
        ...(error.status >= 500 ? { unexpected: thrown } : {}),
      });
    }
  };
}

function queryOf({ parameters }: AdminOperation, search: string): URLSearchParams {
  const query = new URLSearchParams(search);
  for (const name of query.keys()) {
    if (query.getAll(name).length > 1)
      throw new AdminError(400, 'InvalidRequest', `The parameter '${name.slice(0, 100)}' is there twice`);
    if (!parameters.includes(name) && !name.startsWith('X-Amz-'))
      throw new AdminError(400, 'InvalidRequest', `There is no parameter '${name.slice(0, 100)}'`);
  }
  return query;
}

function adminErrorOf(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  if (thrown instanceof SigV4Error)
    return new AdminError(
      thrown.code === 'MissingAuthenticationTokenException' ? 403 : 400,
      thrown.code,
      thrown.message,
    );
  if (thrown instanceof DomainError) {
    switch (thrown.code) {
      case 'Conflict':
      case 'EntityAlreadyExists':
        return new AdminError(409, 'Conflict', thrown.message);
      case 'StorageUnavailable':
        return new AdminError(503, 'StorageUnavailable', thrown.message);
      case 'ClockBehind':
        return new AdminError(503, thrown.code, thrown.message);
      case 'LimitExceeded':
        return new AdminError(409, 'LimitExceeded', thrown.message);
      case 'RepositoryNotFound':
      case 'ImageNotFound':
        return new AdminError(404, thrown.code, thrown.message);
      case 'InvalidParameter':
      case 'Validation':
        return new AdminError(400, 'InvalidRequest', thrown.message);
      default:
    }
  }
  return new AdminError(500, 'InternalError', 'a fault on our side; look for the request id in the log');
}
