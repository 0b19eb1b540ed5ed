// `sealport backup`: one consistent copy of a data directory, beside a running server or without one. It reads the
// directory itself, so it runs on the server's machine and as the server's user.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, processInputs } from '../config/index.ts';
import { isDomainError } from '../domain/errors.ts';
import type { BackedUp } from '../domain/registry/index.ts';
import { addServerOptions, type CommandContext, jsonOption, makeCommand, serverFlags } from './context.ts';
import { CommandError } from './errors.ts';
import { sizeText, type Terminal } from './terminal.ts';

const PROGRESS_MS = 2000;
/** Damaged layers that are named. */
const NAMED = 10;

export function backupCommand(context: CommandContext): Command {
  const command = makeCommand('backup', 'Copy everything to another directory, while the server runs.', [
    'sealport backup --dir /backup/sealport',
    'sealport backup --data-dir /var/lib/sealport --dir /backup/sealport --include-keys --json',
  ]);
  return addServerOptions(command)
    .requiredOption('--dir <dir>', 'where the copy goes; an earlier backup there is brought up to date')
    .option(
      '--include-keys',
      'copy the master key and the credentials, too; else keep copies of them yourself',
    )
    .option('--link', 'hard links instead of copies of the layers: for a snapshot on the same disk')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code: 0 when everything was copied and every layer has its digest, else 1.\nTo restore, copy the directory to where --data-dir points and put the master key back.',
    )
    .action(async (flags: Record<string, unknown>) => backup(context, flags));
}

async function backup(
  { terminal, setExitCode }: CommandContext,
  flags: Record<string, unknown>,
): Promise<void> {
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const { config } = loadConfig(processInputs(serverFlags(flags), configFile));
  const directory = resolve(String(flags['dir']));
  if (!existsSync(join(config.dataDir, 'metadata.db')))
    throw new CommandError(
      `${config.dataDir} is no data directory of a server: there is no metadata.db in it`,
    );
  const { composeBackup } = await import('../compose-upkeep.ts');
  const withKeys = flags['includeKeys'] === true;
  const run = composeBackup(config, { directory, link: flags['link'] === true });
  const done = await run({ withKeys, onProgress: progressTo(terminal) }).catch((error: unknown) => {
    throw readable(error);
  });
  if (flags['json'] === true) terminal.json({ directory, ...done });
  else show(terminal, directory, done);
  if (done.damaged.length > 0) setExitCode(1);
}

/** A fault of the surroundings (disk full, no permission) is told in one line. */
function readable(error: unknown): unknown {
  const ofSystem = error instanceof Error && 'code' in error;
  if (!ofSystem && !(error instanceof Error && error.constructor === Error)) return error;
  if (isDomainError(error, 'Conflict'))
    return new CommandError('another backup or a collection of garbage is running: try again', {
      cause: error,
    });
  return new CommandError(`the backup is not whole: ${error.message}`, { cause: error });
}

function progressTo(terminal: Terminal): (soFar: Pick<BackedUp, 'blobs' | 'copiedBytes'>) => void {
  let last = performance.now();
  return ({ blobs, copiedBytes }) => {
    if (performance.now() - last < PROGRESS_MS) return;
    last = performance.now();
    terminal.note(`${blobs} layers so far, ${sizeText(copiedBytes)} copied`);
  };
}

function show(
  terminal: Terminal,
  directory: string,
  { blobs, copiedBytes, withKeys, damaged }: BackedUp,
): void {
  terminal.line(
    `Backed up to ${directory}: the records and ${blobs} layers, ${sizeText(copiedBytes)} of them new.`,
  );
  terminal.line(
    withKeys
      ? 'The master key and the credentials are in it: whoever has this copy can sign as the registry.'
      : 'The master key and the credentials are not in it: keep copies of them apart.',
  );
  if (damaged.length === 0) return;
  terminal.note(`sealport: ${damaged.length} layers or manifests are damaged and have no good copy:`);
  for (const { digest, fault, repositoryName } of damaged.slice(0, NAMED)) {
    const what = repositoryName === undefined ? digest : `manifest ${repositoryName}@${digest}`;
    terminal.note(`  ${what} (${fault})`);
  }
}
