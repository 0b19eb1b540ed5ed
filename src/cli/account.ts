// `sealport account`: accounts of a server, by its operator: the root of the server's own account.
import type { Command } from 'commander';
import { type ClientFlags, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { pairs, table } from './terminal.ts';

interface CreateFlags extends ClientFlags {
  readonly accountId?: string;
  readonly json?: true;
}

export function accountCommand(context: CommandContext): Command {
  const command = makeCommand('account', 'Accounts of the server, each with a root of its own.', [
    'sealport account create --account-id 222222222222',
  ]);
  const create = makeCommand('create', 'Make an account; its root key pair is shown once.', [
    'sealport account create --account-id 222222222222',
    'sealport account create --json > account.json',
  ]);
  const list = makeCommand('list', 'List the accounts.', ['sealport account list']);
  command.addCommand(
    addClientOptions(create)
      .option('--account-id <id>', '12 digits; else a new number')
      .addOption(jsonOption())
      .action(async (flags: CreateFlags) => createAccount(context, flags)),
  );
  command.addCommand(
    addClientOptions(list)
      .addOption(jsonOption())
      .action(async (flags: CreateFlags) => listAccounts(context, flags)),
  );
  return command;
}

async function createAccount({ terminal }: CommandContext, flags: CreateFlags): Promise<void> {
  if (flags.accountId !== undefined && !/^\d{12}$/.test(flags.accountId))
    throw new UsageError('--account-id: must be 12 digits');
  await withSession(flags, async ({ admin }) => {
    const made = await admin.createAccount(flags.accountId);
    if (flags.json) return terminal.json(made);
    const lines = pairs([
      ['account', made.accountId],
      ['access key id', made.accessKeyId],
      ['secret access key', made.secretAccessKey],
    ]);
    for (const line of lines) terminal.line(line);
    terminal.note('The secret is shown this once; the server keeps it sealed.');
  });
}

async function listAccounts({ terminal }: CommandContext, flags: CreateFlags): Promise<void> {
  await withSession(flags, async ({ admin }) => {
    const accounts = await admin.accounts();
    if (flags.json) return terminal.json(accounts);
    const rows = accounts.map(({ accountId, createdAt }) => [accountId, createdAt]);
    for (const line of table(['ACCOUNT', 'SINCE'], rows)) terminal.line(line);
  });
}
