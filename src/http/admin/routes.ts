// The paths that are answered beside AWS's APIs and /v2.
import { accountsRoute } from './accounts.ts';
import { clockRoute } from './clock.ts';
import { garbageRoute } from './garbage.ts';
import type { AdminRoute } from './route.ts';
import { scrubRoute } from './scrub.ts';
import { signRoute } from './sign.ts';
import { uploadsRoute } from './uploads.ts';

type DepsOf<R extends (deps: never) => AdminRoute> = Parameters<R>[0];

export function adminRoutes(deps: {
  readonly gc: DepsOf<typeof garbageRoute>;
  readonly scrub: DepsOf<typeof scrubRoute>;
  readonly accounts: DepsOf<typeof accountsRoute>;
  readonly uploads: DepsOf<typeof uploadsRoute>;
  readonly sign: DepsOf<typeof signRoute>;
  readonly clock: DepsOf<typeof clockRoute>;
}): Readonly<Record<string, AdminRoute>> {
  return {
    '/admin/gc': garbageRoute(deps.gc),
    '/admin/scrub': scrubRoute(deps.scrub),
    '/admin/accounts': accountsRoute(deps.accounts),
    '/admin/clock': clockRoute(deps.clock),
    '/admin/uploads': uploadsRoute(deps.uploads),
    '/sign': signRoute(deps.sign),
  };
}
