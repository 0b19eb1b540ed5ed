// `sealport verify`: a full Notary Project verification of an image's signatures, every check with its result.
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { textOf } from './client/query.ts';
import { requireSameRegistry } from './client/same-registry.ts';
import { type ClientFlags, clientConfig, openSession, type Session } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { parseImageReference } from './image-reference.ts';
import type { CheckOutcome, SignatureReport } from './judge-signature.ts';
import { printable, type Terminal, table } from './terminal.ts';
import { fetchTrust, readTrustDirectory, type TrustMaterial } from './trust-material.ts';
import type { ImageReport } from './verification.ts';

/** Signatures whose checks are listed for people; `--json` has all. */
const SHOWN_WITH_CHECKS = 10;
const LONGEST_TIMEOUT_S = 3600;

interface VerifyFlags extends ClientFlags {
  readonly trustDir?: string;
  readonly timeout: string;
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
    .addOption(new Option('--timeout <seconds>', 'longest time for all signatures').default('60', '60'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code: 0 when at least one signature passed every check, else 1. Each signature is judged by itself, those\nthat name a trusted issuer first: what else is attached to the image changes nothing. Checks are always\nenforced as at level strict; revocation is not looked up.',
    )
    .action(async (image: string, flags: VerifyFlags) => verify(context, image, flags));
}

async function verify(
  { terminal, setExitCode }: CommandContext,
  image: string,
  flags: VerifyFlags,
): Promise<void> {
  const reference = parseImageReference(image);
  const timeMs = seconds(flags.timeout) * 1000;
  const session = openSession(clientConfig(flags));
  try {
    await requireSameRegistry(session, reference);
    const { trust, source } =
      flags.trustDir === undefined ? await endpointTrust(session) : directoryTrust(flags.trustDir);
    const { verifyImage, VERIFICATION_BOUNDS } = await import('./verification.ts');
    const report = await verifyImage(session, reference, trust, { ...VERIFICATION_BOUNDS, timeMs });
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
async function endpointTrust({ sts, http, config: { endpoint } }: Session): Promise<ChosenTrust> {
  // The one question that needs no permission.
  const accountId = textOf((await sts.call('GetCallerIdentity', {}))['Account']);
  if (!/^\d{12}$/.test(accountId)) throw new CommandError('the registry gave no account id');
  return { trust: await fetchTrust(http, endpoint, accountId), source: `${endpoint}/trust/${accountId}` };
}

function show(terminal: Terminal, report: ImageReport, trustSource: string): void {
  terminal.line(terminal.paint('bold', printable(`${report.repositoryName}@${report.digest}`)));
  terminal.line(`trust from ${trustSource}, policy ${JSON.stringify(printable(report.policy))}`);
  if (report.signatures.length > 0) {
    terminal.line();
    const rows = report.signatures.map((signature) => [
      result(terminal, signature),
      signature.digest,
      signature.signingTime ?? '-',
      printable(summary(signature)),
    ]);
    for (const line of table(['RESULT', 'SIGNATURE', 'SIGNED AT', 'DETAIL'], rows)) terminal.line(line);
  }
  const readable = report.signatures.filter(({ checks }) => checks.length > 1);
  for (const signature of verifiedFirst(readable).slice(0, SHOWN_WITH_CHECKS))
    showChecks(terminal, signature);
  terminal.line();
  if (report.notLookedAt > 0)
    terminal.line(`${report.notLookedAt} more signatures of the list were not looked at`);
  if (report.listingProblem !== undefined)
    terminal.line(`the list of signatures may be longer: ${printable(report.listingProblem)}`);
  if (report.verified) terminal.line(terminal.paint('green', 'verified'));
  else terminal.line(terminal.paint('red', 'not verified') + whyNot(report));
}

function whyNot({ signatures, notLookedAt, listingProblem }: ImageReport): string {
  if (signatures.length > 0) return ': no signature passed every check';
  if (notLookedAt > 0) return ': no signature could be looked at in time';
  return listingProblem === undefined ? ': the image has no signature' : ': no signature could be listed';
}

function showChecks(terminal: Terminal, { digest, checks }: SignatureReport): void {
  terminal.line();
  terminal.line(`signature ${digest}`);
  const rows = checks.map(({ name, outcome, detail }) => [
    paint(terminal, outcome),
    printable(name),
    printable(detail),
  ]);
  for (const line of table(['RESULT', 'CHECK', 'DETAIL'], rows)) terminal.line(`  ${line}`);
}

function verifiedFirst(signatures: readonly SignatureReport[]): readonly SignatureReport[] {
  return [...signatures].sort((a, b) => Number(b.verified) - Number(a.verified));
}

function result(terminal: Terminal, { verified }: SignatureReport): string {
  return verified ? terminal.paint('green', 'verified') : terminal.paint('red', 'failed');
}

/** The first check that failed, else how many passed. */
function summary({ checks }: SignatureReport): string {
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  if (failed !== undefined) return `${failed.name}: ${failed.detail}`;
  return `${checks.filter(({ outcome }) => outcome === 'passed').length} checks passed`;
}

function seconds(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= LONGEST_TIMEOUT_S))
    throw new UsageError(`--timeout: must be a number of seconds up to ${LONGEST_TIMEOUT_S}`);
  return value;
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
