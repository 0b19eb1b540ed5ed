// `/admin/scrub`: all layer files held against their digests.
import type { ScrubOptions, ScrubRuns } from '../../domain/registry/index.ts';
import { AdminError, type AdminRoute } from './route.ts';
import { runsRoute } from './runs.ts';

export function scrubRoute(deps: { readonly runs: ScrubRuns }): AdminRoute {
  return runsRoute({
    runs: deps.runs,
    name: 'Scrub',
    parameters: ['bytes-per-second'],
    optionsOf,
    told: (options) => options,
  });
}

function optionsOf(query: URLSearchParams): ScrubOptions {
  const rate = query.get('bytes-per-second');
  if (rate === null) return { scope: 'all' };
  if (!/^[1-9]\d{0,14}$/.test(rate))
    throw new AdminError(400, 'InvalidRequest', 'bytes-per-second must be a number from 1 on');
  return { scope: 'all', bytesPerSecond: Number(rate) };
}
