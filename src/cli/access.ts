// `sealport access apply`: makes users, groups, roles, policies and identity providers of an account what a file
// says. The difference is shown before anything is changed; applying twice changes nothing.
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Change } from './access/change.ts';
import { readAccessDocument } from './access/document.ts';
import { planAccess } from './access/plan.ts';
import { textOf } from './client/query.ts';
import { type ClientFlags, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { printable, type Terminal } from './terminal.ts';

interface ApplyFlags extends ClientFlags {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly prune?: true;
  readonly json?: true;
}

export function accessCommand(context: CommandContext): Command {
  const command = makeCommand('access', 'Who may do what, from a file.', [
    'sealport access apply access.yaml --dry-run',
  ]);
  const apply = makeCommand('apply', 'Make access what a file says, after showing what would change.', [
    'sealport access apply access.yaml --dry-run',
    'sealport access apply access.yaml --yes',
  ]);
  command.addCommand(
    addClientOptions(apply)
      .argument('<file>', 'YAML file (examples/access.yaml is one)')
      .option('--dry-run', 'only show what would change')
      .option('--yes', 'do not ask')
      .option('--prune', 'delete what the file does not name, with its keys')
      .addOption(jsonOption())
      .action(async (file: string, flags: ApplyFlags) => applyAccess(context, file, flags)),
  );
  return command;
}

async function applyAccess({ terminal }: CommandContext, file: string, flags: ApplyFlags): Promise<void> {
  const document = readAccessDocument(file);
  await withSession(flags, async ({ iam, sts }) => {
    const accountId = textOf((await sts.call('GetCallerIdentity', {}))['Account']);
    if (document.accountId !== undefined && document.accountId !== accountId)
      throw new CommandError(
        `${file} is for account ${document.accountId}; the key at hand is of account ${accountId}`,
      );
    const changes = await planAccess(iam, document, { accountId, prune: flags.prune === true });
    const told = changes.map(({ sign, what }) => ({ sign, what: printable(what) }));
    if (!flags.json) for (const { sign, what } of told) terminal.line(painted(terminal, sign, what));
    const apply = changes.length > 0 && flags.dryRun !== true && (await agreed(flags, changes.length));
    if (apply) await run(terminal, changes);
    if (flags.json) terminal.json({ accountId, changes: told, applied: apply });
    else if (changes.length === 0) terminal.line('Everything is as the file says.');
    else terminal.line(apply ? `Applied ${changes.length} changes.` : 'Nothing was changed.');
  });
}

function painted(terminal: Terminal, sign: Change['sign'], what: string): string {
  const colour = sign === '+' ? 'green' : sign === '-' ? 'red' : 'yellow';
  return terminal.paint(colour, `${sign} ${what}`);
}

async function agreed(flags: ApplyFlags, count: number): Promise<boolean> {
  if (flags.yes) return true;
  if (flags.json || !process.stdin.isTTY)
    throw new UsageError('say --yes to apply the changes, or --dry-run to see them only');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await lines.question(`Apply ${count} changes? [y/N] `)).trim());
  } finally {
    lines.close();
  }
}

/** One after the other, in the order in which they depend on each other. */
async function run(terminal: Terminal, changes: readonly Change[]): Promise<void> {
  for (const [at, change] of changes.entries()) {
    try {
      await change.run();
    } catch (error) {
      terminal.note(`${at} of ${changes.length} changes were applied; run it again to go on.`);
      throw error;
    }
  }
}
