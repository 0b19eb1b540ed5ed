// `sealport gc`: removes what nobody uses, now, beside a running server or without one.
import { type Command, Option } from 'commander';
import { loadConfig, parseDuration, processInputs } from '../config/index.ts';
import type { Collected } from '../domain/registry/index.ts';
import type { ClientFlags } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { sizeText, type Terminal } from './terminal.ts';
import { doUpkeep, type UpkeepDone } from './upkeep.ts';

interface GcFlags extends ClientFlags {
  readonly dryRun?: true;
  readonly grace?: string;
  readonly json?: true;
}

interface Outcome extends Collected, Pick<UpkeepDone<Collected>, 'by'> {
  readonly dryRun: boolean;
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
  const given = graceOf(flags.grace);
  const dryRun = flags.dryRun === true;
  const graceHere = (): number =>
    given ?? loadConfig(processInputs({ 'data-dir': flags.dataDir }, flags.config)).config.gcGrace;
  const { by, progress } = await doUpkeep<Collected>(terminal, flags, {
    name: 'the collection',
    here: ({ collector }, control) => collector.collect({ graceMs: graceHere(), dryRun, ...control }),
    path: 'gc',
    query: {
      'dry-run': String(dryRun),
      ...(given === undefined ? {} : { 'grace-seconds': String(given / 1000) }),
    },
    progressText: ({ blobs, strayFiles, freedBytes }) =>
      `${dryRun ? 'found' : 'removed'} so far: ${blobs + strayFiles} files, ${sizeText(freedBytes)}`,
  });
  const { links, blobs, strayFiles, freedBytes } = progress;
  const outcome: Outcome = { dryRun, by, links, blobs, strayFiles, freedBytes };
  if (flags.json) terminal.json(outcome);
  else show(terminal, outcome);
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
