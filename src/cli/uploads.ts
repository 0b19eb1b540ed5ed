// `sealport uploads`: uploads that are open on a server, listed and ended by its operator.
import { type Command, Option } from 'commander';
import type { UploadDocument } from './client/admin.ts';
import { type ClientFlags, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { printable, sizeText, table } from './terminal.ts';

interface UploadsFlags extends ClientFlags {
  readonly repository?: string;
  readonly principal?: string;
  readonly empty?: true;
  readonly all?: true;
  readonly json?: true;
}

export function uploadsCommand(context: CommandContext): Command {
  const command = makeCommand('uploads', 'Uploads of layers that are open on the server.', [
    'sealport uploads list --empty',
    'sealport uploads end --principal arn:aws:iam::123456789012:user/ci',
  ]);
  const list = makeCommand('list', 'List the open uploads, and who opened them.', [
    'sealport uploads list',
    'sealport uploads list --repository team/app --json',
  ]);
  const end = makeCommand('end', 'End open uploads: what they have received is removed.', [
    'sealport uploads end be1c0a4d-5889-415a-a62a-0fda30163a9a',
    'sealport uploads end --principal arn:aws:iam::123456789012:user/ci --empty',
    'sealport uploads end --all',
  ]);
  command.addCommand(
    withFilters(addClientOptions(list))
      .addOption(jsonOption())
      .action(async (flags: UploadsFlags) => listUploads(context, flags)),
  );
  command.addCommand(
    withFilters(addClientOptions(end))
      .argument('[upload-id...]', 'uploads to end')
      .option('--all', 'every upload of every registry')
      .addOption(jsonOption())
      .action(async (ids: readonly string[], flags: UploadsFlags) => endUploads(context, ids, flags)),
  );
  return command;
}

function withFilters(command: Command): Command {
  return command
    .addOption(new Option('--repository <name>', 'those of repositories of this name'))
    .addOption(new Option('--principal <arn>', 'those that this principal opened'))
    .addOption(new Option('--empty', 'those that have received nothing'));
}

function queryOf({ repository, principal, empty }: UploadsFlags): Record<string, string> {
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(principal === undefined ? {} : { principal }),
    ...(empty === undefined ? {} : { empty: 'true' }),
  };
}

async function listUploads({ terminal }: CommandContext, flags: UploadsFlags): Promise<void> {
  await withSession(flags, async ({ admin }) => {
    const uploads = await admin.uploads(queryOf(flags));
    if (flags.json) return terminal.json(uploads);
    for (const line of table(['UPLOAD', 'REPOSITORY', 'RECEIVED', 'SINCE', 'PRINCIPAL'], uploads.map(rowOf)))
      terminal.line(line);
  });
}

function rowOf(upload: UploadDocument): readonly string[] {
  const { uploadId, repositoryName, receivedBytes, createdAt, principal } = upload;
  return [uploadId, repositoryName, sizeText(receivedBytes), createdAt, principal === '' ? '-' : principal];
}

async function endUploads(
  { terminal, setExitCode }: CommandContext,
  ids: readonly string[],
  flags: UploadsFlags,
): Promise<void> {
  const filters = queryOf(flags);
  const ways = [ids.length > 0, Object.keys(filters).length > 0, flags.all === true];
  if (ways.filter(Boolean).length !== 1)
    throw new UsageError('name uploads, or --repository, --principal and --empty, or --all');
  await withSession(flags, async ({ admin }) => {
    let ended = 0;
    let underWay = 0;
    const queries = ids.length > 0 ? ids.map((id) => ({ id })) : [flags.all ? { all: 'true' } : filters];
    const unknown: string[] = [];
    for (const query of queries) {
      const outcome = await admin.endUploads(query);
      if ('id' in query && outcome.ended + outcome.underWay === 0) unknown.push(query.id);
      ended += outcome.ended;
      underWay += outcome.underWay;
    }
    if (unknown.length > 0) setExitCode(1);
    if (flags.json) return terminal.json({ ended, underWay, unknown });
    terminal.line(`${ended} ended`);
    if (underWay > 0)
      terminal.note(`${underWay} left: a client is sending to them now; disable its key, or try again`);
    if (unknown.length > 0) terminal.note(`not open: ${unknown.map(printable).join(', ')}`);
  });
}
