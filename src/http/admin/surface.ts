// What the operator of the server asks of it: `POST /admin/gc` begins a collection of garbage, `GET /admin/gc` tells
// of the latest one. Requests are signed (SigV4, service `sealport`) with a key of the root of the server's own
// account; nobody else gets anything here, whatever policies say, because this is about all accounts.
import type { IncomingMessage } from 'node:http';
import { DomainError } from '../../domain/errors.ts';
import type { GarbageRun, GarbageRuns } from '../../domain/registry/index.ts';
import { type Callers, makeSigV4Verifier } from '../auth/sigv4.ts';
import { SigV4Error } from '../auth/sigv4-canonical.ts';
import { type RequestReport, type Surface, sendJson } from '../surface.ts';

export interface AdminSurfaceDeps {
  readonly callers: Callers;
  /** The account whose root operates the server. */
  readonly accountId: string;
  readonly garbageRuns: GarbageRuns;
  /** Grace period when the request names none, ms. */
  readonly graceMs: number;
}

class AdminError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const LONGEST_GRACE_S = 315_360_000;

export function makeAdminSurface(deps: AdminSurfaceDeps): Surface {
  const { callers, accountId, garbageRuns, graceMs } = deps;
  const verifier = makeSigV4Verifier({ service: 'sealport', ...callers });

  async function callerOf(request: IncomingMessage) {
    const proveBody = await verifier({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      headers: request.headers,
    });
    // No request here has a body: what is signed is that it is empty.
    if (hasBody(request)) throw new AdminError(400, 'InvalidRequest', 'The request must not have a body');
    const { principal } = proveBody(new Uint8Array(0));
    if (principal.kind !== 'root' || principal.accountId !== accountId) {
      const message = `Only the root of account ${accountId} operates this server`;
      throw new AdminError(403, 'AccessDenied', message);
    }
    return principal;
  }

  function startOf(query: URLSearchParams): { readonly dryRun: boolean; readonly graceMs: number } {
    for (const name of query.keys())
      if (name !== 'dry-run' && name !== 'grace-seconds' && !name.startsWith('X-Amz-'))
        throw new AdminError(400, 'InvalidRequest', `There is no parameter '${name.slice(0, 100)}'`);
    const dryRun = query.get('dry-run') ?? 'false';
    if (dryRun !== 'true' && dryRun !== 'false')
      throw new AdminError(400, 'InvalidRequest', 'dry-run must be true or false');
    const grace = query.get('grace-seconds');
    if (grace !== null && !(/^\d{1,9}$/.test(grace) && Number(grace) <= LONGEST_GRACE_S))
      throw new AdminError(400, 'InvalidRequest', `grace-seconds must be a number up to ${LONGEST_GRACE_S}`);
    return { dryRun: dryRun === 'true', graceMs: grace === null ? graceMs : Number(grace) * 1000 };
  }

  return async (request, response, meta) => {
    const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
    const method = request.method ?? 'GET';
    let seen: Pick<RequestReport, 'operation' | 'principal'> = { operation: 'unknown' };
    const send = (status: number, document: object, headers?: Record<string, string>) => {
      sendJson(response, status, document, headers);
      meta.report({ ...seen, status });
    };
    request.resume();
    try {
      const known = path === '/admin/gc';
      if (known && method === 'POST') seen = { operation: 'StartGarbageCollection' };
      if (known && method === 'GET') seen = { operation: 'GetGarbageCollection' };
      const principal = await callerOf(request);
      seen = { ...seen, principal };
      if (!known) throw new AdminError(404, 'NotFound', 'There is nothing at this path');
      switch (method) {
        case 'POST':
          send(202, documentOf(garbageRuns.start(startOf(new URLSearchParams(search))).run));
          return;
        case 'GET': {
          const run = garbageRuns.latest();
          if (run === undefined) throw new AdminError(404, 'NotFound', 'No collection ran since the start');
          send(200, documentOf(run));
          return;
        }
        default:
          send(
            405,
            { code: 'MethodNotAllowed', message: 'GET and POST are offered here' },
            { Allow: 'GET, POST' },
          );
      }
    } catch (thrown) {
      const error = adminErrorOf(thrown);
      sendJson(response, error.status, { code: error.code, message: error.message });
      meta.report({
        ...seen,
        status: error.status,
        errorCode: error.code,
        ...(error.status >= 500 ? { unexpected: thrown } : {}),
      });
    }
  };
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && Number(length) > 0);
}

function documentOf({ id, dryRun, graceMs, startedAt, collected, state }: GarbageRun) {
  return {
    id,
    dryRun,
    graceSeconds: graceMs / 1000,
    startedAt: new Date(startedAt).toISOString(),
    status: state.status,
    ...(state.status === 'RUNNING' ? {} : { endedAt: new Date(state.endedAt).toISOString() }),
    ...(state.status === 'FAILED' ? { reason: reasonOf(state.error) } : {}),
    ...collected,
  };
}

function reasonOf(error: unknown): string {
  return error instanceof DomainError ? error.message : 'a fault on our side; the log tells more';
}

function adminErrorOf(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  if (thrown instanceof SigV4Error)
    return new AdminError(
      thrown.code === 'MissingAuthenticationTokenException' ? 403 : 400,
      thrown.code,
      thrown.message,
    );
  if (thrown instanceof DomainError && thrown.code === 'Conflict')
    return new AdminError(409, 'Conflict', thrown.message);
  return new AdminError(500, 'InternalError', 'a fault on our side; look for the request id in the log');
}
