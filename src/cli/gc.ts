// `sealport gc`: removes what nobody uses, now. When no server has the data directory it does the work itself; when one
// has it, or when there is no such directory here, it asks the server at the endpoint and follows what that does.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import {
  clientCredentials,
  loadConfig,
  parseDuration,
  processEnvironment,
  processInputs,
} from '../config/index.ts';
import { isDomainError } from '../domain/errors.ts';
import type { Collected } from '../domain/registry/index.ts';
import { makeAdminClient } from './client/admin.ts';
import { makeHttpClient } from './client/http.ts';
import { type ClientFlags, clientConfig } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { stopSignal } from './stop-signal.ts';
import { sizeText, type Terminal } from './terminal.ts';

const POLL_MS = 250;
const PROGRESS_MS = 2000;

interface GcFlags extends ClientFlags {
  readonly dryRun?: true;
  readonly grace?: string;
  readonly json?: true;
}

interface Outcome extends Collected {
  readonly dryRun: boolean;
  /** Who did it. */
  readonly by: 'this command' | 'the server';
}

export function gcCommand(context: CommandContext): Command {
  const command = makeCommand('gc', 'Remove what nobody uses: layers that no image names, and stray files.', [
    'sealport gc --dry-run',
    'sealport gc --data-dir /var/lib/sealport --json',
    'sealport gc --endpoint https://registry.example.com --grace 6h',
  ]);
  return addClientOptions(command)
    .option('--dry-run', 'only tell what would be removed')
    .addOption(
      new Option(
        '--grace <duration>',
        'remove only what was not in use for so long, e.g. 6h [default: --gc-grace of the server]; shorter than a push takes, it breaks pushes',
      ),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWorks while the server runs: then the server does it. A server collects by itself, too (--gc-interval).',
    )
    .action(async (flags: GcFlags) => gc(context, flags));
}

async function gc({ terminal }: CommandContext, flags: GcFlags): Promise<void> {
  const graceMs = graceOf(flags.grace);
  const dryRun = flags.dryRun === true;
  const outcome =
    (await collectHere(terminal, flags, dryRun, graceMs)) ??
    (await askServer(terminal, flags, dryRun, graceMs));
  if (flags.json) terminal.json(outcome);
  else show(terminal, outcome);
}

/** undefined when the directory is not here or a server has it. */
async function collectHere(
  terminal: Terminal,
  flags: GcFlags,
  dryRun: boolean,
  given: number | undefined,
): Promise<Outcome | undefined> {
  const { dataDir } = clientConfig(flags);
  if (flags.endpoint !== undefined || !existsSync(join(dataDir, 'metadata.db'))) return undefined;
  const { config } = loadConfig(processInputs({ 'data-dir': flags.dataDir }, flags.config));
  const { composeCollector } = await import('../compose-upkeep.ts');
  const opened = await composeCollector({ dataDir }).catch((error: unknown) => {
    if (isDomainError(error, 'Conflict')) return undefined;
    throw error;
  });
  if (opened === undefined) return undefined;
  const stop = stopSignal(terminal);
  const ending = new AbortController();
  void stop.requested.then(() => ending.abort());
  try {
    const collected = await opened.collector.collect({
      graceMs: given ?? config.gcGrace,
      dryRun,
      signal: ending.signal,
      onProgress: progressTo(terminal, dryRun),
    });
    return { dryRun, by: 'this command', ...collected };
  } catch (error) {
    if (ending.signal.aborted)
      throw new CommandError('ended before everything was looked at', { cause: error });
    if (isDomainError(error, 'Conflict')) throw new CommandError(error.message, { cause: error });
    throw error;
  } finally {
    stop.disarm();
    await opened.close();
  }
}

async function askServer(
  terminal: Terminal,
  flags: GcFlags,
  dryRun: boolean,
  graceMs: number | undefined,
): Promise<Outcome> {
  const config = clientConfig(flags);
  const credentials = clientCredentials(config, processEnvironment());
  const http = makeHttpClient();
  try {
    const admin = makeAdminClient(http, config.endpoint, { credentials, region: config.region });
    const progress = progressTo(terminal, dryRun);
    let run = await admin.startGarbageRun({ dryRun, ...(graceMs === undefined ? {} : { graceMs }) });
    const { id } = run;
    while (run.status === 'RUNNING') {
      await sleep(POLL_MS);
      run = await admin.garbageRun();
      if (run.id !== id) throw new CommandError('the server began another collection; ours has ended');
      progress(run);
    }
    if (run.status === 'FAILED')
      throw new CommandError(`the collection failed: ${run.reason ?? 'no reason given'}`);
    const { links, blobs, strayFiles, freedBytes } = run;
    return { dryRun, by: 'the server', links, blobs, strayFiles, freedBytes };
  } finally {
    http.close();
  }
}

function progressTo(terminal: Terminal, dryRun: boolean): (soFar: Collected) => void {
  let last = performance.now();
  return ({ blobs, strayFiles, freedBytes }) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    terminal.note(
      `${dryRun ? 'found' : 'removed'} so far: ${blobs + strayFiles} files, ${sizeText(freedBytes)}`,
    );
  };
}

function show(terminal: Terminal, { dryRun, by, links, blobs, strayFiles, freedBytes }: Outcome): void {
  const verb = dryRun ? 'Would be removed' : 'Removed';
  terminal.line(`${verb} (${dryRun ? 'looked at' : 'done'} by ${by}):`);
  terminal.line(
    `  ${blobs} layers that no repository uses, ${strayFiles} stray files: ${sizeText(freedBytes)}`,
  );
  terminal.line(`  ${links} unused layers taken out of repositories`);
}

function graceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError('--grace: must be a duration such as 90s, 30m, 24h or 7d');
  return ms;
}
