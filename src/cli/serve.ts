// `sealport serve`: configuration, the composed server, signals. What is printed for people goes to standard
// error and only when the log is for people too; the log itself goes to standard output.
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import {
  type Config,
  ConfigError,
  credentialsFile,
  describeConfig,
  loadConfig,
  printConfig,
  processInputs,
} from '../config/index.ts';
import type { Notes } from '../log.ts';
import { endWhenHeld } from '../shared/held-end.ts';
import { addServerOptions, type CommandContext, makeCommand, serverFlags } from './context.ts';
import { CommandError } from './errors.ts';
import { collectOnceQuiet } from './spare-memory.ts';
import { stopSignal } from './stop-signal.ts';
import { pairs, printable, type Terminal } from './terminal.ts';

/** What ends by itself when all is closed has as long (ms) before it is ended. */
const HELD_MS = 2000;

export function serveCommand(context: CommandContext): Command {
  const command = makeCommand('serve', 'Run the registry.', [
    'sealport serve',
    'sealport serve --host 0.0.0.0 --public-url http://registry.example.com:5050 --data-dir /var/lib/sealport',
    'sealport serve --config /etc/sealport.yaml --print-config',
  ]);
  return addServerOptions(command)
    .option(
      '--print-config',
      'print the configuration with the source of each value, secrets masked, and end',
    )
    .option('--json', 'with --print-config: print JSON')
    .addHelpText(
      'after',
      '\nSIGTERM or SIGINT ends the server after its running work; a second one ends it at once.\nOptions: flag, else environment variable, else YAML file, else default.',
    )
    .action(async (flags: Record<string, unknown>) => serve(context, flags));
}

async function serve({ terminal: plain }: CommandContext, flags: Record<string, unknown>): Promise<void> {
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const loaded = loadConfig(processInputs(serverFlags(flags), configFile));
  if (flags['printConfig'] === true) {
    if (flags['json'] === true) plain.json(describeConfig(loaded));
    else plain.block('line', printConfig(loaded).trimEnd());
    return;
  }
  const { config } = loaded;
  requireReadable('--tls-cert', config.tls?.certFile);
  requireReadable('--tls-key', config.tls?.keyFile);
  requireMasterKey(config);
  requireRecords(config);
  // A stopped terminal, or a pipe that nobody reads, keeps a server neither from its work nor from its end.
  let notes: Notes | undefined;
  const note = (text: string) => (notes === undefined ? plain.note(text) : notes.write(printable(text)));
  const terminal: Terminal = { ...plain, note };
  // Armed before anything starts, so that a signal during the start is not lost.
  const stop = stopSignal(terminal);
  notes = (await import('../log.ts')).openNotes();
  const { compose } = await import('../compose.ts');
  const sealport = await compose(config).catch((error: unknown) => refuseStart(error));
  try {
    const { url, port } = await sealport.listen().catch((error: unknown) => refuseStart(error));
    if (config.logFormat === 'pretty') welcome(terminal, config, url, port);
    const callOff = collectOnceQuiet((error) => terminal.note(`memory was not given back: ${String(error)}`));
    await stop.requested;
    callOff();
  } finally {
    await sealport.close();
    await notes.end();
    stop.disarm();
    // The disk of the audit trail may never answer: its end was given up then, and the call holds the process.
    endWhenHeld(HELD_MS);
  }
}

function requireReadable(option: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw new ConfigError(`${option}: cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
}

/** With records but without its key a server would make a new key, and fail to open every signing key later. */
function requireMasterKey({ dataDir, masterKeyFile }: Config): void {
  if (existsSync(masterKeyFile) || !existsSync(join(dataDir, 'metadata.db'))) return;
  throw new CommandError(
    `the master key ${masterKeyFile} is missing: put it back, the signing keys in ${dataDir} cannot be opened without it`,
  );
}

/** With layers but without records a server would begin anew, and its garbage collection remove every layer. */
function requireRecords({ dataDir }: Config): void {
  if (existsSync(join(dataDir, 'metadata.db')) || !existsSync(join(dataDir, 'blobs'))) return;
  throw new CommandError(
    `${dataDir} has layers but no records: put metadata.db back, or a backup's; to begin anew, remove blobs/`,
  );
}

/** A start that fails for a reason of the surroundings is told in one line; a fault of ours keeps its stack. */
function refuseStart(error: unknown): never {
  const ours =
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError;
  if (ours || error instanceof ConfigError) throw error;
  const hint =
    (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? ': another program listens there' : '';
  throw new CommandError(`${error.message}${hint}`, { cause: error });
}

function welcome(terminal: Terminal, config: Config, url: string, port: number): void {
  const own = config.rootCredentials === undefined;
  const lines = pairs([
    ['listening on', `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`],
    ['clients use', url],
    ['data', config.dataDir],
    [
      'credentials',
      own ? `${credentialsFile(config.dataDir)} (profile sealport)` : 'given in the environment',
    ],
  ]);
  terminal.note('');
  for (const line of lines) terminal.note(`  ${line}`);
  terminal.note('');
  if (own) {
    terminal.note('  Next:');
    terminal.note(
      `    export AWS_SHARED_CREDENTIALS_FILE=${credentialsFile(config.dataDir)} AWS_PROFILE=sealport`,
    );
    terminal.note(`    aws ecr create-repository --repository-name app --endpoint-url ${url}`);
    terminal.note('');
  }
}
