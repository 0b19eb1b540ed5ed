// `sealport verify`: a full Notary Project verification of an image's signatures, every check with its result.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { requireSameRegistry } from './client/same-registry.ts';
import { type ClientFlags, clientConfig, openSession, type Session } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError } from './errors.ts';
import { parseImageReference } from './image-reference.ts';
import { printable, type Terminal, table } from './terminal.ts';
import { fetchTrust, readTrustDirectory, type TrustMaterial } from './trust-material.ts';
import type { CheckOutcome, ImageReport } from './verification.ts';

interface VerifyFlags extends ClientFlags {
  readonly trustDir?: string;
  readonly json?: true;
}

export function verifyCommand(context: CommandContext): Command {
  const command = makeCommand('verify', 'Verify the signatures of an image and list every check.', [
    'sealport verify team/app:1.0',
    'sealport verify team/app:1.0 --trust-dir ~/.config/notation',
    'sealport verify team/app@sha256:… --json',
  ]);
  return addClientOptions(command)
    .argument('<image>', '[host/]repository[:tag][@digest]')
    .option(
      '--trust-dir <dir>',
      'notation configuration to trust; without it the trust material of the endpoint itself is believed',
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code: 0 when at least one signature passed every check, else 1. Checks are always enforced as at\nlevel strict; revocation is not looked up.',
    )
    .action(async (image: string, flags: VerifyFlags) => verify(context, image, flags));
}

async function verify(
  { terminal, setExitCode }: CommandContext,
  image: string,
  flags: VerifyFlags,
): Promise<void> {
  const reference = parseImageReference(image);
  const session = openSession(clientConfig(flags));
  try {
    await requireSameRegistry(session, reference);
    const { trust, source } =
      flags.trustDir === undefined ? await endpointTrust(session) : directoryTrust(flags.trustDir);
    const { verifyImage } = await import('./verification.ts');
    const report = await verifyImage(session, reference, trust);
    if (flags.json) terminal.json({ ...report, trust: source });
    else show(terminal, report, source);
    if (!report.verified) setExitCode(1);
  } finally {
    session.close();
  }
}

interface ChosenTrust {
  readonly trust: TrustMaterial;
  /** For people. */
  readonly source: string;
}

function directoryTrust(directory: string): ChosenTrust {
  return { trust: readTrustDirectory(resolve(directory)), source: directory };
}

/** The trust material that the endpoint gives for the account that we log in to. */
async function endpointTrust({ ecr, http, config: { endpoint } }: Session): Promise<ChosenTrust> {
  const { registryId } = await ecr.call('DescribeRegistry', {});
  if (!/^\d{12}$/.test(registryId)) throw new CommandError('the registry gave no account id');
  return { trust: await fetchTrust(http, endpoint, registryId), source: `${endpoint}/trust/${registryId}` };
}

function show(terminal: Terminal, report: ImageReport, trustSource: string): void {
  terminal.line(terminal.paint('bold', printable(`${report.repositoryName}@${report.digest}`)));
  terminal.line(`trust from ${trustSource}, policy ${JSON.stringify(printable(report.policy))}`);
  for (const { digest, checks } of report.signatures) {
    terminal.line();
    terminal.line(`signature ${digest}`);
    const rows = checks.map(({ name, outcome, detail }) => [
      paint(terminal, outcome),
      printable(name),
      printable(detail),
    ]);
    for (const line of table(['RESULT', 'CHECK', 'DETAIL'], rows)) terminal.line(`  ${line}`);
  }
  terminal.line();
  if (report.verified) terminal.line(terminal.paint('green', 'verified'));
  else
    terminal.line(
      terminal.paint('red', 'not verified') +
        (report.signatures.length === 0
          ? ': the image has no signature'
          : ': no signature passed every check'),
    );
}

function paint(terminal: Terminal, outcome: CheckOutcome): string {
  switch (outcome) {
    case 'passed':
      return terminal.paint('green', outcome);
    case 'failed':
      return terminal.paint('red', outcome);
    case 'skipped':
      return terminal.paint('dim', outcome);
    default:
      return outcome;
  }
}
