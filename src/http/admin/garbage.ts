// `POST /admin/gc` begins a collection of garbage, `GET /admin/gc` tells of the latest one.
import { DomainError } from '../../domain/errors.ts';
import type { GarbageRun, GarbageRuns } from '../../domain/registry/index.ts';
import { AdminError, type AdminRoute } from './route.ts';

const LONGEST_GRACE_S = 315_360_000;

/** `graceMs`: the grace period when a request names none. */
export function garbageRoute(deps: {
  readonly garbageRuns: GarbageRuns;
  readonly graceMs: number;
}): AdminRoute {
  const { garbageRuns, graceMs } = deps;

  function startOf(query: URLSearchParams): { readonly dryRun: boolean; readonly graceMs: number } {
    const dryRun = query.get('dry-run') ?? 'false';
    if (dryRun !== 'true' && dryRun !== 'false')
      throw new AdminError(400, 'InvalidRequest', 'dry-run must be true or false');
    const grace = query.get('grace-seconds');
    if (grace !== null && !(/^\d{1,9}$/.test(grace) && Number(grace) <= LONGEST_GRACE_S))
      throw new AdminError(400, 'InvalidRequest', `grace-seconds must be a number up to ${LONGEST_GRACE_S}`);
    return { dryRun: dryRun === 'true', graceMs: grace === null ? graceMs : Number(grace) * 1000 };
  }

  return {
    POST: {
      operation: 'StartGarbageCollection',
      parameters: ['dry-run', 'grace-seconds'],
      handle: async (query) => ({
        status: 202,
        document: documentOf(garbageRuns.start(startOf(query)).run),
      }),
    },
    GET: {
      operation: 'GetGarbageCollection',
      parameters: [],
      async handle() {
        const run = garbageRuns.latest();
        if (run === undefined) throw new AdminError(404, 'NotFound', 'No collection ran since the start');
        return { status: 200, document: documentOf(run) };
      },
    },
  };
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
