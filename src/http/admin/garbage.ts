// `/admin/gc`: collections of garbage.
import type { GarbageOptions, GarbageRuns } from '../../domain/registry/index.ts';
import { AdminError, type AdminRoute } from './route.ts';
import { runsRoute } from './runs.ts';

const LONGEST_GRACE_S = 315_360_000;

/** `graceMs`: the grace period when a request names none. */
export function garbageRoute(deps: { readonly runs: GarbageRuns; readonly graceMs: number }): AdminRoute {
  function optionsOf(query: URLSearchParams): GarbageOptions {
    const dryRun = query.get('dry-run') ?? 'false';
    if (dryRun !== 'true' && dryRun !== 'false')
      throw new AdminError(400, 'InvalidRequest', 'dry-run must be true or false');
    const grace = query.get('grace-seconds');
    if (grace !== null && !(/^\d{1,9}$/.test(grace) && Number(grace) <= LONGEST_GRACE_S))
      throw new AdminError(400, 'InvalidRequest', `grace-seconds must be a number up to ${LONGEST_GRACE_S}`);
    return { dryRun: dryRun === 'true', graceMs: grace === null ? deps.graceMs : Number(grace) * 1000 };
  }

  return runsRoute({
    runs: deps.runs,
    name: 'GarbageCollection',
    parameters: ['dry-run', 'grace-seconds'],
    optionsOf,
    told: ({ dryRun, graceMs }) => ({ dryRun, graceSeconds: graceMs / 1000 }),
  });
}
