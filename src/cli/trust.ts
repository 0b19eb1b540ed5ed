// `sealport trust export`: what a verifier needs to know, written as a notation configuration.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { makeHttpClient } from './client/http.ts';
import { type ClientFlags, clientConfig } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { UsageError } from './errors.ts';
import { fetchTrust, writeTrustDirectory } from './trust-material.ts';

interface ExportFlags extends ClientFlags {
  readonly dir: string;
  readonly accountId?: string;
  readonly force?: true;
  readonly json?: true;
}

export function trustCommand(context: CommandContext): Command {
  const command = makeCommand('trust', 'Trust material for verifiers.', [
    'sealport trust export --dir ~/.config/notation',
  ]);
  const exporting = makeCommand(
    'export',
    'Write the root certificate and a strict trust policy as a notation configuration.',
    [
      'sealport trust export --dir ~/.config/notation',
      'XDG_CONFIG_HOME=$PWD/trust notation verify …   # after: sealport trust export --dir trust/notation',
    ],
  );
  command.addCommand(
    addClientOptions(exporting)
      .requiredOption('--dir <dir>', 'directory to write to (notation reads ~/.config/notation)')
      .option(
        '--account-id <id>',
        'account whose root is exported [SEALPORT_ACCOUNT_ID; default: 123456789012]',
      )
      .option('--force', 'replace files that are there with other content')
      .addOption(jsonOption())
      .action(async (flags: ExportFlags) => exportTrust(context, flags)),
  );
  return command;
}

async function exportTrust({ terminal }: CommandContext, flags: ExportFlags): Promise<void> {
  if (flags.accountId !== undefined && !/^\d{12}$/.test(flags.accountId))
    throw new UsageError('--account-id: must be 12 digits');
  const config = clientConfig(flags);
  const http = makeHttpClient();
  try {
    const material = await fetchTrust(http, config.endpoint, flags.accountId ?? config.accountId);
    const files = writeTrustDirectory(resolve(flags.dir), material, flags.force === true);
    if (flags.json) terminal.json({ files });
    else for (const file of files) terminal.line(file);
  } finally {
    http.close();
  }
}
