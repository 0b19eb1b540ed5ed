// `sealport login`: a 12-hour login for docker, podman, skopeo and their like. The token goes to the client's
// standard input or, when asked for, to standard output; never onto a command line.
import { spawn } from 'node:child_process';
import { Argument, type Command } from 'commander';
import { type ClientFlags, clientConfig, openSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError } from './errors.ts';
import { pairs } from './terminal.ts';

const CLIENTS = ['docker', 'podman', 'skopeo', 'oras', 'notation'] as const;
type Client = (typeof CLIENTS)[number];

interface LoginFlags extends ClientFlags {
  readonly password?: true;
  readonly json?: true;
}

export function loginCommand(context: CommandContext): Command {
  const command = makeCommand('login', 'Log a container client in, or show how.', [
    'sealport login docker',
    'sealport login --password | podman login --username AWS --password-stdin registry.example.com',
    'sealport login --json',
  ]);
  return addClientOptions(command)
    .addArgument(new Argument('[client]', 'client to log in; without it the way is printed').choices(CLIENTS))
    .option('--password', 'print the password only, for a pipe')
    .addOption(jsonOption())
    .action(async (client: Client | undefined, flags: LoginFlags) => login(context, client, flags));
}

async function login(
  { terminal }: CommandContext,
  client: Client | undefined,
  flags: LoginFlags,
): Promise<void> {
  const session = openSession(clientConfig(flags));
  try {
    const token = await session.login();
    const url = new URL(token.proxyEndpoint);
    const plainHttp = url.protocol === 'http:';
    if (flags.json)
      return terminal.json({
        registry: url.host,
        username: 'AWS',
        password: token.password,
        expiresAt: new Date(token.expiresAt).toISOString(),
      });
    if (flags.password) return terminal.line(token.password);
    if (client !== undefined) return await runLogin(client, url.host, plainHttp, token.password);
    const lines = pairs([
      ['registry', url.host],
      ['user name', 'AWS'],
      ['password', 'printed by: sealport login --password'],
      ['valid until', new Date(token.expiresAt).toISOString()],
    ]);
    for (const line of lines) terminal.line(line);
    terminal.line();
    for (const name of CLIENTS)
      terminal.line(
        `sealport login --password | ${[name, ...loginArguments(name, url.host, plainHttp)].join(' ')}`,
      );
  } finally {
    session.close();
  }
}

/** The client's arguments; docker talks http to localhost by itself, the others must be told. */
function loginArguments(client: Client, host: string, plainHttp: boolean): readonly string[] {
  const common = ['login', '--username', 'AWS', '--password-stdin'];
  if (!plainHttp) return [...common, host];
  switch (client) {
    case 'docker':
      return [...common, host];
    case 'podman':
    case 'skopeo':
      return [...common, '--tls-verify=false', host];
    case 'oras':
      return [...common, '--plain-http', host];
    case 'notation':
      return [...common, '--insecure-registry', host];
  }
}

async function runLogin(client: Client, host: string, plainHttp: boolean, password: string): Promise<void> {
  const child = spawn(client, loginArguments(client, host, plainHttp), {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new CommandError(
          error.code === 'ENOENT'
            ? `${client} is not installed`
            : `${client} cannot be run: ${error.message}`,
        ),
      ),
    );
    child.on('close', (code) => resolve(code ?? 1));
  });
  // A client that ends before it reads closes its end; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(password);
  const code = await ended;
  if (code !== 0) throw new CommandError(`${client} login ended with exit code ${code}`);
}
