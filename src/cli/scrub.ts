// `sealport scrub`: reads every layer and every manifest and verifies its digest, now, beside a running server or without one.
import { type Command, Option } from 'commander';
import { parseByteCount } from '../config/index.ts';
import type { Scrubbed, ScrubFinding } from '../domain/registry/index.ts';
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
  const command = makeCommand('scrub', 'Read every layer and every manifest and verify its digest.', [
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
      '\nExit code: 0 when everything is whole, else 1.\nWorks while the server runs: then the server does it. A server scrubs by itself, too (--scrub-interval).',
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
    progressText: ({ manifests, blobs, bytes, part, damaged, unreadable }) =>
      `read so far: ${manifests} manifests, ${blobs} layers, ${sizeText(bytes)}, about ${Math.round(part * 100)} %; ${damaged} damaged, ${unreadable} unreadable`,
  });
  const { manifests, blobs, bytes, damaged, unreadable, faults } = progress;
  const outcome: Outcome = { by, manifests, blobs, bytes, damaged, unreadable, faults };
  if (flags.json) terminal.json(outcome);
  else show(terminal, outcome);
  if (damaged + unreadable > 0) setExitCode(1);
}

function show(
  terminal: Terminal,
  { by, manifests, blobs, bytes, damaged, unreadable, faults }: Outcome,
): void {
  terminal.line(`Verified by ${by}: ${manifests} manifests, ${blobs} layers, ${sizeText(bytes)}`);
  terminal.line(`  ${damaged} damaged, ${unreadable} unreadable`);
  for (const found of faults) terminal.line(`  ${printable(nameOf(found))} (${printable(found.fault)})`);
  const unnamed = damaged + unreadable - faults.length;
  if (unnamed > 0) terminal.line(`  and ${unnamed} more`);
  if (damaged > 0) terminal.line('What is damaged is not served; pushing it again heals it.');
  if (faults.some(({ lost }) => lost === 'layer'))
    terminal.line(
      'A layer without its record counts as missing: push the image with a client that asks for each layer (skopeo copy).',
    );
  if (faults.some(({ lost }) => lost === 'signature'))
    terminal.line(
      'A signature cannot be pushed: push the image that it signs again, or call sealport sign for it; that signs it again.',
    );
  if (unreadable > 0)
    terminal.line('What is unreadable may be whole: look at the disk and at the modes of files.');
}

function nameOf({ digest, repositoryName, lost, subject }: ScrubFinding): string {
  if (repositoryName === undefined) return digest;
  const named = `${lost ?? 'manifest'} ${repositoryName}@${digest}`;
  return subject === undefined ? named : `${named} of the image ${subject}`;
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseByteCount(text);
  if (bytes === undefined)
    throw new UsageError('--rate: must be a number of bytes such as 512KiB, 16MiB or 1GiB');
  return bytes;
}
