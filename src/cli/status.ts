// `sealport status`: what DescribeImageSigningStatus tells of an image, once or until signing has ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { ImageId, SigningStatusEntry } from './client/aws.ts';
import { requireSameRegistry } from './client/same-registry.ts';
import { type ClientFlags, clientConfig, openSession, type Session } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { type ImageReference, parseImageReference } from './image-reference.ts';
import { printable, type Terminal, table } from './terminal.ts';

const LONGEST_TIMEOUT_S = 86_400;

interface StatusFlags extends ClientFlags {
  readonly wait?: true;
  readonly timeout: string;
  readonly json?: true;
}

interface StatusAnswer {
  readonly repositoryName: string;
  readonly imageId: ImageId;
  readonly signingStatuses: readonly SigningStatusEntry[];
}

export function statusCommand(context: CommandContext): Command {
  const command = makeCommand('status', 'Show the signing status of an image, one line for each profile.', [
    'sealport status team/app:1.0',
    'sealport status team/app:1.0 --wait --timeout 30',
    'sealport status team/app@sha256:… --json',
  ]);
  return addClientOptions(command)
    .argument('<image>', '[host/]repository[:tag][@digest]')
    .option('--wait', 'wait until no signature is in progress')
    .addOption(new Option('--timeout <seconds>', 'longest wait').default('60', '60'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExit code: 0 when nothing failed (also when no rule matched: then there is nothing to sign),\n1 when a signature failed or is still in progress after the longest wait.',
    )
    .action(async (image: string, flags: StatusFlags) => status(context, image, flags));
}

async function status(
  { terminal, setExitCode }: CommandContext,
  image: string,
  flags: StatusFlags,
): Promise<void> {
  const reference = parseImageReference(image);
  const timeoutMs = seconds(flags.timeout) * 1000;
  const session = openSession(clientConfig(flags));
  try {
    await requireSameRegistry(session, reference);
    const answer = flags.wait
      ? await waitForSigning(session, reference, timeoutMs)
      : await askStatus(session, reference);
    const pending = answer.signingStatuses.some((entry) => entry.status === 'IN_PROGRESS');
    if (flags.json) terminal.json(answer);
    else show(terminal, answer);
    if (flags.wait && pending) {
      terminal.note(`sealport: still in progress after ${flags.timeout} s`);
      setExitCode(1);
    }
    if (answer.signingStatuses.some((entry) => entry.status === 'FAILED')) setExitCode(1);
  } finally {
    session.close();
  }
}

/** One answer of DescribeImageSigningStatus. */
export async function askStatus(session: Session, reference: ImageReference): Promise<StatusAnswer> {
  const imageId = {
    ...(reference.digest !== undefined && { imageDigest: reference.digest }),
    ...(reference.tag !== undefined && { imageTag: reference.tag }),
  };
  return session.ecr.call('DescribeImageSigningStatus', {
    repositoryName: reference.repositoryName,
    imageId,
  });
}

/** Asks until nothing is in progress or the time is over, and gives the last answer. */
export async function waitForSigning(
  session: Session,
  reference: ImageReference,
  timeoutMs: number,
): Promise<StatusAnswer> {
  const end = performance.now() + timeoutMs;
  let pause = 25;
  for (;;) {
    const answer = await askStatus(session, reference);
    const pending = answer.signingStatuses.some((entry) => entry.status === 'IN_PROGRESS');
    const left = end - performance.now();
    if (!pending || left <= 0) return answer;
    await sleep(Math.min(pause, left));
    pause = Math.min(pause * 1.5, 2000);
  }
}

function show(terminal: Terminal, answer: StatusAnswer): void {
  const tag = answer.imageId.imageTag === undefined ? '' : `:${answer.imageId.imageTag}`;
  terminal.line(
    terminal.paint('bold', printable(`${answer.repositoryName}${tag}@${answer.imageId.imageDigest ?? ''}`)),
  );
  if (answer.signingStatuses.length === 0) {
    terminal.line('Not signed: no signing rule matched this repository when the image was pushed, or the');
    terminal.line('image is itself a signature or another attachment, which are never signed.');
    return;
  }
  const rows = answer.signingStatuses.map((entry) => [
    paintStatus(terminal, entry.status),
    printable(entry.signingProfileArn),
  ]);
  const [header = '', ...lines] = table(['STATUS', 'PROFILE'], rows);
  terminal.line(header);
  for (const [index, { failureCode, failureReason }] of answer.signingStatuses.entries()) {
    terminal.line(lines[index]);
    // A reason is a sentence or two: below its line, not in a column of its own.
    if (failureCode !== undefined) terminal.line(`  ${printable(`${failureCode}: ${failureReason ?? ''}`)}`);
  }
}

function paintStatus(terminal: Terminal, status: SigningStatusEntry['status']): string {
  switch (status) {
    case 'COMPLETE':
      return terminal.paint('green', status);
    case 'FAILED':
      return terminal.paint('red', status);
    case 'IN_PROGRESS':
      return terminal.paint('yellow', status);
  }
}

function seconds(text: string): number {
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= LONGEST_TIMEOUT_S))
    throw new UsageError(`--timeout: must be a number of seconds up to ${LONGEST_TIMEOUT_S}`);
  return value;
}
