// `sealport scrub`: reads every layer file and holds it against its digest, now, beside a running server or without one.
import { type Command, Option } from 'commander';
import { parseByteCount } from '../config/index.ts';
import type { Scrubbed } from '../domain/registry/index.ts';
import type { ClientFlags } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { printable, sizeText, type Terminal } from './terminal.ts';
import { doUpkeep, type UpkeepDone } from './upkeep.ts';

interface ScrubFlags extends ClientFlags {
  readonly rate?: string;
  readonly json?: true;
}

interface Outcome extends Omit<Scrubbed, 'part'>, Pick<UpkeepDone<Scrubbed>, 'by'> {}

export function scrubCommand(context: CommandContext): Command {
  const command = makeCommand('scrub', 'Read every layer file and hold it against its digest.', [
    'sealport scrub --data-dir /var/lib/sealport',
    'sealport scrub --endpoint https://registry.example.com --rate 64MiB --json',
  ]);
  return addClientOptions(command)
    .addOption(
      new Option(
        '--rate <bytes>',
        'bytes read in a second at most, e.g. 64MiB [default: as fast as the disk gives]',
      ),
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code: 0 when every file is whole, else 1.\nWorks while the server runs: then the server does it. A server scrubs by itself, too (--scrub-interval).',
    )
    .action(async (flags: ScrubFlags) => scrub(context, flags));
}

async function scrub({ terminal, setExitCode }: CommandContext, flags: ScrubFlags): Promise<void> {
  const bytesPerSecond = rateOf(flags.rate);
  const paced = bytesPerSecond === undefined ? {} : { bytesPerSecond };
  const { by, progress } = await doUpkeep<Scrubbed>(terminal, flags, {
    name: 'the scrub',
    here: ({ scrubber }, control) => scrubber.scrub({ scope: 'all', ...paced, ...control }),
    path: 'scrub',
    query: bytesPerSecond === undefined ? {} : { 'bytes-per-second': String(bytesPerSecond) },
    progressText: ({ blobs, bytes, part, damaged, unreadable }) =>
      `read so far: ${blobs} files, ${sizeText(bytes)}, about ${Math.round(part * 100)} %; ${damaged} damaged, ${unreadable} unreadable`,
  });
  const { blobs, bytes, damaged, unreadable, faults } = progress;
  const outcome: Outcome = { by, blobs, bytes, damaged, unreadable, faults };
  if (flags.json) terminal.json(outcome);
  else show(terminal, outcome);
  if (damaged + unreadable > 0) setExitCode(1);
}

function show(terminal: Terminal, { by, blobs, bytes, damaged, unreadable, faults }: Outcome): void {
  terminal.line(`Held against their digests by ${by}: ${blobs} layer files, ${sizeText(bytes)}`);
  terminal.line(`  ${damaged} damaged, ${unreadable} unreadable`);
  for (const { digest, fault } of faults) terminal.line(`  ${printable(digest)} (${printable(fault)})`);
  const unnamed = damaged + unreadable - faults.length;
  if (unnamed > 0) terminal.line(`  and ${unnamed} more`);
  if (damaged > 0) terminal.line('A damaged layer is not served; pushing it again heals it.');
  if (unreadable > 0) terminal.line('Unreadable files may be whole: look at the disk and at their modes.');
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseByteCount(text);
  if (bytes === undefined)
    throw new UsageError('--rate: must be a number of bytes such as 512KiB, 16MiB or 1GiB');
  return bytes;
}
