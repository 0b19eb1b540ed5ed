// `sealport keys rotate-master`: a new master key, while the server runs or without one.
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import { loadConfig, processInputs } from '../config/index.ts';
import { addDataOptions, type CommandContext, jsonOption, makeCommand, serverFlags } from './context.ts';
import { CommandError, UsageError } from './errors.ts';

type Flags = Readonly<Record<string, unknown>>;

const DEFAULT_TIMEOUT_S = 600;

export function keysCommand(context: CommandContext): Command {
  const command = makeCommand('keys', 'The master key.', [
    'sealport keys rotate-master --data-dir /var/lib/sealport',
  ]);
  const rotating = makeCommand('rotate-master', 'Put a new master key in use.', [
    'sealport keys rotate-master --data-dir /var/lib/sealport',
    'sealport keys rotate-master --new-key-file /secure/master.key --end-logins',
  ]);
  command.addCommand(
    addDataOptions(rotating, { masterKey: true })
      .option('--new-key-file <file>', 'file with the new key, 32 random bytes, mode 0600; else one is made')
      .option('--end-logins', 'end logins and temporary credentials that were made under the former key')
      .option('--timeout <seconds>', `longest wait; else ${DEFAULT_TIMEOUT_S}`)
      .addOption(jsonOption())
      .addHelpText(
        'after',
        '\nA server that runs on the data directory does the work and goes on serving; without one this command does.\nEnds when nothing is sealed under the former key any more. Ended early, it may be called again.',
      )
      .action(async (flags: Flags) => rotate(context, flags)),
  );
  return command;
}

async function rotate({ terminal }: CommandContext, flags: Flags): Promise<void> {
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const { config } = loadConfig(processInputs(serverFlags(flags), configFile));
  const given = typeof flags['newKeyFile'] === 'string' ? resolve(flags['newKeyFile']) : undefined;
  const timeout = Number(flags['timeout'] ?? DEFAULT_TIMEOUT_S);
  if (!(timeout >= 0 && timeout <= 86_400)) throw new UsageError('--timeout: must be a number of seconds');
  const { rotateMasterKey } = await import('../compose-keys.ts');
  const done = await rotateMasterKey(config, {
    given,
    endLogins: flags['endLogins'] === true,
    timeoutMs: timeout * 1000,
    wait: (ms) => setTimeout(ms),
  }).catch((error: unknown) => {
    if (error instanceof Error && error.constructor === TypeError) throw error;
    throw new CommandError((error as Error).message, { cause: error });
  });
  if (flags['json'] === true) terminal.json(done);
  else {
    terminal.line(
      `the master key ${done.masterKey} is in use; nothing is sealed under ${done.former} any more`,
    );
    terminal.note(
      `Keep a copy of ${config.masterKeyFile} apart from the data, and the former key with backups that were made before.`,
    );
  }
}
