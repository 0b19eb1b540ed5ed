// What every command is given, and the flags that several commands share.
import { Command, Option } from 'commander';
import { OPTION_KEYS, OPTIONS, type OptionDefinition } from '../config/index.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly terminal: Terminal;
  /** For a command that ends well as a command but whose answer is no. */
  readonly setExitCode: (code: 0 | 1) => void;
}

/** A command with its description, examples and the habits that all share. */
export function makeCommand(name: string, description: string, examples: readonly string[]): Command {
  return new Command(name)
    .description(description)
    .helpCommand(false)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}

/** Adds the options of a command that works on a data directory by itself. */
export function addDataOptions(command: Command, options: { readonly masterKey: boolean }): Command {
  for (const definition of options.masterKey ? [OPTIONS.dataDir, OPTIONS.masterKeyFile] : [OPTIONS.dataDir])
    command.addOption(serverOption(definition));
  return command.addOption(configOption());
}

function serverOption(definition: OptionDefinition): Option {
  return new Option(
    `--${definition.flag} ${definition.placeholder}`,
    `${definition.doc.replaceAll('`', '')} [${definition.env}; default: ${definition.defaultDoc.replaceAll('`', '')}]`,
  );
}

/** Adds the options of a server, from the schema. */
export function addServerOptions(command: Command): Command {
  command.addOption(configOption());
  for (const definition of OPTION_KEYS.map((key): OptionDefinition => OPTIONS[key])) {
    if (definition.flag === undefined) continue;
    // What is not offered yet is refused with a word; help need not offer it.
    const offered = definition !== OPTIONS.databaseUrl && definition !== OPTIONS.blobsUrl;
    command.addOption(serverOption(definition).hideHelp(!offered));
  }
  return command;
}

/** The server's options as the loader wants them: by flag name. */
export function serverFlags(
  options: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | undefined>> {
  const flags: Record<string, string | undefined> = {};
  for (const { flag } of OPTION_KEYS.map((key): OptionDefinition => OPTIONS[key])) {
    if (flag === undefined) continue;
    const value = options[flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    flags[flag] = typeof value === 'string' ? value : undefined;
  }
  return flags;
}

/** Adds the options of a command that talks to a server. */
export function addClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--endpoint <url>',
        'where the server is [SEALPORT_PUBLIC_URL; default: http://localhost:5050]',
      ),
    )
    .addOption(
      new Option(
        '--data-dir <dir>',
        'data directory whose credentials file is used [SEALPORT_DATA_DIR; default: ./data; without the file: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY]',
      ),
    )
    .addOption(new Option('--region <name>', 'region of the registry [SEALPORT_REGION; default: us-east-1]'))
    .addOption(configOption());
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

function configOption(): Option {
  return new Option('--config <file>', 'YAML file with options [SEALPORT_CONFIG]');
}
