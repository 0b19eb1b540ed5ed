// `/admin/clock`: the server's clock beside the newest time of its records, and the operator's word that the clock is right.
import type { SigningClock } from '../../domain/signing/index.ts';
import { AdminError, type AdminRoute } from './route.ts';

export function clockRoute({ signingClock }: { readonly signingClock: SigningClock }): AdminRoute {
  return {
    GET: {
      operation: 'GetClock',
      parameters: [],
      for: 'operator',
      handle: async () => {
        const { now, mark, behindSince } = signingClock.state();
        return {
          status: 200,
          document: {
            status: behindSince === undefined ? 'RIGHT' : 'BEHIND',
            now: timeText(now),
            ...(mark === undefined ? {} : { newestRecord: timeText(mark) }),
            ...(behindSince === undefined ? {} : { since: timeText(behindSince) }),
          },
        };
      },
    },
    POST: {
      operation: 'AcceptClock',
      // What the operator was shown: it stands in the audit, and nothing else is accepted.
      parameters: ['newest-record'],
      for: 'operator',
      handle: async (query) => {
        const text = query.get('newest-record') ?? '';
        const shown = Date.parse(text);
        if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text) || Number.isNaN(shown))
          throw new AdminError(400, 'InvalidRequest', 'newest-record must be the time that GetClock tells');
        const { mark, now } = await signingClock.accept(shown);
        return { status: 200, document: { accepted: timeText(mark), now: timeText(now) } };
      },
    },
  };
}

function timeText(time: number): string {
  return new Date(time).toISOString();
}
