// The command tree. Exit codes: 0 done, 1 failed, 2 not understood (arguments or configuration). Commands load
// what they need when they run, so that `--help` and the client commands do not load the server.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/index.ts';
import { isDomainError } from '../domain/errors.ts';
import { accessCommand } from './access.ts';
import { accountCommand } from './account.ts';
import { auditCommand } from './audit.ts';
import { backupCommand } from './backup.ts';
import { clockCommand } from './clock.ts';
import type { CommandContext } from './context.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { CommandError, UsageError } from './errors.ts';
import { gcCommand } from './gc.ts';
import { keysCommand } from './keys.ts';
import { loginCommand } from './login.ts';
import { policyCommand } from './policy.ts';
import { scrubCommand } from './scrub.ts';
import { serveCommand } from './serve.ts';
import { signCommand } from './sign.ts';
import { statusCommand } from './status.ts';
import type { Terminal } from './terminal.ts';
import { trustCommand } from './trust.ts';
import { uploadsCommand } from './uploads.ts';
import { userCommand } from './user.ts';
import { verifyCommand } from './verify.ts';

/** Runs one command line and gives the exit code. Never throws for what a user or a server can cause. */
export async function runProgram(argv: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const context: CommandContext = {
    terminal,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  const program = makeProgram(context);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, terminal);
  }
}

/** The whole tree; also what docs/cli.md is checked against. */
export function makeProgram(context: CommandContext): Command {
  const program = new Command('sealport')
    .description('A container registry that signs what is pushed to it.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('Run with --help to see what is possible.')
    .configureOutput({
      writeOut: (text) => context.terminal.block('line', text.trimEnd()),
      writeErr: (text) => context.terminal.block('note', text.trimEnd()),
    })
    .exitOverride();
  for (const command of [
    serveCommand(context),
    demoCommand(context),
    loginCommand(context),
    statusCommand(context),
    signCommand(context),
    verifyCommand(context),
    trustCommand(context),
    auditCommand(context),
    userCommand(context),
    policyCommand(context),
    accessCommand(context),
    accountCommand(context),
    keysCommand(context),
    clockCommand(context),
    doctorCommand(context),
    gcCommand(context),
    scrubCommand(context),
    uploadsCommand(context),
    backupCommand(context),
  ])
    program.addCommand(inherit(command, program));
  program.addHelpText(
    'after',
    '\nExamples:\n  $ sealport demo --exit\n  $ sealport serve --data-dir /var/lib/sealport\n  $ sealport status team/app:1.0 --wait\n\nEach command explains itself with --help.',
  );
  return program;
}

function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

function explain(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError || error instanceof ConfigError) {
    terminal.note(`sealport: ${error.message}`);
    return 2;
  }
  if (error instanceof CommandError || isDomainError(error, 'StorageUnavailable')) {
    terminal.note(`sealport: ${error.message}`);
    return 1;
  }
  // Not foreseen: the stack helps whoever reports it.
  terminal.block(
    'note',
    `sealport: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return 1;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
