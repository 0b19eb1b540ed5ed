// `sealport sign`: asks for the signatures that the rules want of images that are stored already, and of the children of
// indexes, with the caller's rights.
import type { Command } from 'commander';
import type { SignDocument } from './client/admin.ts';
import { requireSameRegistry } from './client/same-registry.ts';
import { type ClientFlags, type Session, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError } from './errors.ts';
import { formatImageReference, type ImageReference, parseImageReference } from './image-reference.ts';
import { printable, type Terminal, table } from './terminal.ts';

interface SignFlags extends ClientFlags {
  readonly again?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** One image that was asked for, or one that an index lists. */
type Asked = SignDocument | { readonly image: string; readonly error: string };

export function signCommand(context: CommandContext): Command {
  const command = makeCommand(
    'sign',
    'Sign images that are stored already: what the signing rules want signed and what has no good signature.',
    [
      'sealport sign team/app:1.0 team/tool:2.3',
      'sealport sign team/app@sha256:… --again',
      'sealport sign team/app:1.0 --dry-run --json',
    ],
  );
  return addClientOptions(command)
    .argument('<image...>', '[host/]repository[:tag][@digest]; of an index its children too')
    .option('--again', 'also images whose signature was revoked by RevokeSignature: somebody judged them')
    .option('--dry-run', 'only tell what would be signed')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nDone with the rights of the caller, as a push: signer:SignPayload on the profile, and the actions of an upload on the\nrepository. The signatures are made afterwards; sealport status --wait follows them. What has a good signature is\nleft alone, so that the command may be repeated.\n\nExit code: 0 when everything that should be signed is or will be, 1 when something is not.',
    )
    .action((images: string[], flags: SignFlags) => sign(context, images, flags));
}

async function sign(
  { terminal, setExitCode }: CommandContext,
  images: readonly string[],
  flags: SignFlags,
): Promise<void> {
  const references = images.map(parseImageReference);
  await withSession(flags, async (session) => {
    const asked: Asked[] = [];
    for (const reference of references) asked.push(...(await askFor(session, reference, flags)));
    if (flags.json) terminal.json(asked);
    else show(terminal, asked, flags.dryRun === true);
    if (!asked.every(isWell)) setExitCode(1);
  });
}

/** The image and, behind it, whatever it lists, each once. A refusal is an answer: the other images are asked for still. */
async function askFor(
  session: Session,
  reference: ImageReference,
  flags: SignFlags,
): Promise<readonly Asked[]> {
  const { repositoryName, tag, digest } = reference;
  const asked: Asked[] = [];
  const seen = new Set<string>();
  let waiting: { readonly tag?: string; readonly digest?: string }[] = [
    { ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) },
  ];
  try {
    await requireSameRegistry(session, reference);
    while (waiting.length > 0) {
      const [id, ...rest] = waiting;
      const answer = await session.admin.sign({
        repository: repositoryName,
        ...id,
        again: String(flags.again === true),
        'dry-run': String(flags.dryRun === true),
      });
      seen.add(answer.imageDigest);
      asked.push(answer);
      const children = answer.children.filter((child) => !seen.has(child));
      for (const child of children) seen.add(child);
      waiting = [...rest, ...children.map((child) => ({ digest: child }))];
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    asked.push({ image: formatImageReference(reference), error: error.message });
  }
  return asked;
}

function isWell(asked: Asked): boolean {
  return !('error' in asked) && asked.signingProfiles.every(({ outcome }) => outcome !== 'NOT_SIGNED');
}

function show(terminal: Terminal, asked: readonly Asked[], isRehearsal: boolean): void {
  for (const each of asked) {
    if ('error' in each) {
      terminal.line(terminal.paint('bold', printable(each.image)));
      terminal.line(`  ${printable(each.error)}`);
      continue;
    }
    terminal.line(terminal.paint('bold', printable(`${each.repositoryName}@${each.imageDigest}`)));
    if (each.signingProfiles.length === 0)
      terminal.line('  nothing to sign: no signing rule matches the repository, or this is an attachment');
    const rows = each.signingProfiles.map(({ outcome, signingProfileArn }) => [
      outcome,
      printable(signingProfileArn),
    ]);
    for (const [index, line] of table(['OUTCOME', 'PROFILE'], rows).slice(1).entries()) {
      terminal.line(`  ${line}`);
      const { failureCode, failureReason = '' } = each.signingProfiles[index] ?? {};
      if (failureCode !== undefined) terminal.line(`    ${printable(`${failureCode}: ${failureReason}`)}`);
    }
  }
  const planned = asked.flatMap((each) => ('error' in each ? [] : each.signingProfiles));
  const count = planned.filter(({ outcome }) => outcome === 'PLANNED').length;
  terminal.note(
    `${count} ${count === 1 ? 'signature' : 'signatures'} ${isRehearsal ? 'would be made' : 'on the way'}`,
  );
}
