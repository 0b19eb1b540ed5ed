// Work that an operator begins (POST), follows (GET: tells of the latest run) and ends (DELETE).
import { DomainError } from '../../domain/errors.ts';
import type { Run, Runs } from '../../domain/registry/index.ts';
import { AdminError, type AdminRoute } from './route.ts';

export function runsRoute<Options, Progress extends object>(deps: {
  readonly runs: Runs<Options, Progress>;
  /** What runs, as in `StartScrub`. */
  readonly name: string;
  readonly parameters: readonly string[];
  /** Throws AdminError. */
  readonly optionsOf: (query: URLSearchParams) => Options;
  /** Options as an answer tells them. */
  readonly told: (options: Options) => object;
}): AdminRoute {
  const { runs, name, told } = deps;

  function documentOf({ id, options, startedAt, progress, state }: Run<Options, Progress>): object {
    return {
      id,
      ...told(options),
      startedAt: new Date(startedAt).toISOString(),
      status: state.status,
      ...(state.status === 'RUNNING' ? {} : { endedAt: new Date(state.endedAt).toISOString() }),
      ...(state.status === 'FAILED' ? { reason: reasonOf(state.error) } : {}),
      ...progress,
    };
  }

  function answerTo(run: Run<Options, Progress> | undefined) {
    if (run === undefined) throw new AdminError(404, 'NotFound', 'None was begun since the start');
    return { status: 200, document: documentOf(run) };
  }

  return {
    POST: {
      operation: `Start${name}`,
      for: 'operator',
      parameters: deps.parameters,
      handle: async (query) => ({ status: 202, document: documentOf(runs.start(deps.optionsOf(query)).run) }),
    },
    GET: {
      operation: `Get${name}`,
      for: 'operator',
      parameters: [],
      handle: async () => answerTo(runs.latest()),
    },
    DELETE: {
      operation: `Stop${name}`,
      for: 'operator',
      parameters: [],
      handle: async () => answerTo(await runs.end()),
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof DomainError ? error.message : 'a fault on our side; the log tells more';
}
