// The routes for whoever runs the server: does it live, can it work, what does it count. No login; they tell
// nothing of the content.
import { endAnswer, writeHead } from './answers.ts';
import { sendRefusedJson } from './bounded-refusal.ts';
import type { Metrics } from './metrics.ts';
import { type Surface, sendJson } from './surface.ts';

/** Something that must answer before the server can do its work. */
export interface ReadinessCheck {
  readonly name: string;
  /** Throws when it cannot work now. Asked again only when it has answered. */
  readonly check: () => Promise<void>;
}

const OPERATIONS: Readonly<Record<string, string>> = {
  '/healthz': 'Healthz',
  '/readyz': 'Readyz',
  '/metrics': 'Metrics',
};

const TOLD_EVERY_MS = 10_000;

/** Whether the path belongs here. */
export function isOperationsPath(path: string): boolean {
  return Object.hasOwn(OPERATIONS, path);
}

export function makeOperationsSurface(deps: {
  readonly metrics: Metrics;
  readonly checks: readonly ReadinessCheck[];
  /** What keeps nothing from working and yet wants an operator: names, none in good times. */
  readonly attention?: () => readonly string[];
  /** The same with what is known of it, by its name. */
  readonly details?: () => Readonly<Record<string, object>>;
  /** Called with why a check failed, at most once in ten seconds for each; the client learns only its name. */
  readonly onNotReady: (check: string, error: unknown) => void;
}): Surface {
  const told = new Map<string, number>();
  let running: Promise<readonly string[]> | undefined;

  /** Names of the checks that fail. They write to the disk, so those who ask at one time share a look. */
  function failing(): Promise<readonly string[]> {
    running ??= look().finally(() => {
      running = undefined;
    });
    return running;
  }

  /** Anybody may ask, as often as they like: the log hears of a check now and then. */
  function tell(name: string, error: unknown): void {
    const now = performance.now();
    if (now - (told.get(name) ?? Number.NEGATIVE_INFINITY) < TOLD_EVERY_MS) return;
    told.set(name, now);
    deps.onNotReady(name, error);
  }

  async function look(): Promise<readonly string[]> {
    const outcomes = await Promise.all(
      deps.checks.map(async ({ name, check }) => {
        try {
          await check();
          return [];
        } catch (error) {
          tell(name, error);
          return [name];
        }
      }),
    );
    return outcomes.flat();
  }

  return async (request, response, meta) => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    const operation = OPERATIONS[path] ?? 'unknown';
    const send = (status: number, document: object, headers?: Record<string, string>) => {
      (status < 400 ? sendJson : sendRefusedJson)(response, status, document, headers);
      meta.report({ operation, status });
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(405, { status: 'method not allowed' }, { Allow: 'GET, HEAD' });
      return;
    }
    if (path === '/healthz') {
      send(200, { status: 'ok' });
      return;
    }
    if (path === '/readyz') {
      const failed = await failing();
      const details = deps.details?.() ?? {};
      const attention = [...(deps.attention?.() ?? []), ...Object.keys(details)];
      send(failed.length === 0 ? 200 : 503, {
        ...(failed.length === 0 ? { status: 'ready' } : { status: 'not ready', failed }),
        ...(attention.length === 0 ? {} : { attention }),
        ...details,
      });
      return;
    }
    const { contentType, text } = await deps.metrics.render();
    const body = Buffer.from(text);
    writeHead(response, 200, { 'Content-Type': contentType, 'Content-Length': body.length });
    endAnswer(response, body);
    meta.report({ operation, status: 200 });
  };
}
