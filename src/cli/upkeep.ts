// Upkeep that an operator asks for. When no server has the data directory the command does the work itself; when one has
// it, or when there is no such directory here, it asks the server at the endpoint and follows what that does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenUpkeep } from '../compose-upkeep.ts';
import { clientCredentials, processEnvironment } from '../config/index.ts';
import { isDomainError } from '../domain/errors.ts';
import type { RunControl } from '../domain/registry/index.ts';
import { type AdminClient, makeAdminClient, type RunDocument, type RunPath } from './client/admin.ts';
import { makeHttpClient } from './client/http.ts';
import { type ClientFlags, clientConfig } from './client/session.ts';
import { CommandError } from './errors.ts';
import { stopSignal } from './stop-signal.ts';
import { printable, type Terminal } from './terminal.ts';

/** The server is asked so soon at first, and less and less often. */
const POLL_MS = 250;
const PROGRESS_MS = 2000;

export interface UpkeepWork<Progress> {
  /** In a message, e.g. `the collection`. */
  readonly name: string;
  here(upkeep: OpenUpkeep, control: RunControl<Progress>): Promise<Progress>;
  /** How a server is asked for the same. */
  readonly path: RunPath;
  readonly query: Readonly<Record<string, string>>;
  /** A line for people. */
  progressText(soFar: Progress): string;
}

export interface UpkeepDone<Progress> {
  readonly by: 'this command' | 'the server';
  readonly progress: Progress;
}

/** Does the work, with a note of its progress every two seconds, until it ends or SIGINT or SIGTERM ends it. */
export async function doUpkeep<Progress>(
  terminal: Terminal,
  flags: ClientFlags,
  work: UpkeepWork<Progress>,
): Promise<UpkeepDone<Progress>> {
  const stop = stopSignal(terminal);
  const ending = new AbortController();
  void stop.requested.then(() => ending.abort());
  let last = performance.now();
  const control: RunControl<Progress> = {
    signal: ending.signal,
    onProgress(soFar) {
      if (performance.now() - last < PROGRESS_MS) return;
      last = performance.now();
      terminal.note(work.progressText(soFar));
    },
  };
  try {
    return (await doHere(flags, work, control)) ?? (await askServer(flags, work, control));
  } finally {
    stop.disarm();
  }
}

/** undefined when the directory is not here or a server has it. */
async function doHere<Progress>(
  flags: ClientFlags,
  work: UpkeepWork<Progress>,
  control: RunControl<Progress>,
): Promise<UpkeepDone<Progress> | undefined> {
  const { dataDir } = clientConfig(flags);
  if (flags.endpoint !== undefined || !existsSync(join(dataDir, 'metadata.db'))) return undefined;
  const { composeUpkeep } = await import('../compose-upkeep.ts');
  const upkeep = await composeUpkeep({ dataDir }).catch((error: unknown) => {
    if (isDomainError(error, 'Conflict')) return undefined;
    throw error;
  });
  if (upkeep === undefined) return undefined;
  try {
    return { by: 'this command', progress: await work.here(upkeep, control) };
  } catch (error) {
    if (control.signal.aborted) throw endedEarly(work, error);
    if (isDomainError(error, 'Conflict')) throw new CommandError(error.message, { cause: error });
    throw error;
  } finally {
    await upkeep.close();
  }
}

async function askServer<Progress>(
  flags: ClientFlags,
  work: UpkeepWork<Progress>,
  control: RunControl<Progress>,
): Promise<UpkeepDone<Progress>> {
  const config = clientConfig(flags);
  const credentials = clientCredentials(config, processEnvironment());
  const http = makeHttpClient();
  try {
    const admin = makeAdminClient(http, config.endpoint, { credentials, region: config.region });
    const run = await follow(admin, work, control);
    switch (run.status) {
      case 'STOPPED':
        throw endedEarly(work);
      case 'FAILED':
        throw new CommandError(`${work.name} failed: ${printable(run.reason ?? 'no reason given')}`);
      default:
        return { by: 'the server', progress: run };
    }
  } finally {
    http.close();
  }
}

/** Gives the run at its end. */
async function follow<Progress>(
  admin: AdminClient,
  { name, path, query }: UpkeepWork<Progress>,
  { signal, onProgress }: RunControl<Progress>,
): Promise<RunDocument & Progress> {
  let run = await admin.startRun<Progress>(path, query);
  const { id } = run;
  for (let wait = POLL_MS; run.status === 'RUNNING'; wait = Math.min(wait * 2, PROGRESS_MS)) {
    await sleep(wait, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    run = await (signal.aborted ? admin.endRun<Progress>(path) : admin.latestRun<Progress>(path));
    if (run.id !== id) throw new CommandError(`the server began another one; ${name} has ended`);
    if (run.status === 'RUNNING') onProgress(run);
  }
  return run;
}

function endedEarly({ name }: { readonly name: string }, cause?: unknown): CommandError {
  return new CommandError(`${name} was ended before everything was looked at`, { cause });
}
