// `sealport clock accept`: an operator says that the machine's clock is right and the records have a wrong time, so that
// signing continues. The server that has the data directory does it, else this command.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type * as Upkeep from '../compose-upkeep.ts';
import { loadConfig, OPTIONS, processInputs } from '../config/index.ts';
import type { ClockDocument } from './client/admin.ts';
import { type ClientFlags, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { pairs, printable, type Terminal } from './terminal.ts';

interface AcceptFlags extends ClientFlags {
  readonly masterKeyFile?: string;
  readonly yes?: true;
  readonly json?: true;
}

interface Outcome extends ClockDocument {
  readonly by: 'the server' | 'this command';
  /** Whether the clock was accepted now. */
  readonly accepted: boolean;
}

export function clockCommand(context: CommandContext): Command {
  const command = makeCommand('clock', 'The clock that signatures are made by.', [
    'sealport clock accept --data-dir /var/lib/sealport',
    'sealport clock accept --data-dir /var/lib/sealport --yes',
  ]);
  const accepting = makeCommand(
    'accept',
    'Let signing continue after a clock that was ahead left a wrong time in the records.',
    ['sealport clock accept', 'sealport clock accept --yes --json'],
  );
  command.addCommand(
    addClientOptions(accepting)
      .addOption(
        new Option(
          '--master-key-file <file>',
          `when no server runs: file with the master key, for the audit trail [${OPTIONS.masterKeyFile.env}; default: <data-dir>/master.key]`,
        ),
      )
      .option('--yes', 'accept it; without this only the times are shown')
      .addOption(jsonOption())
      .addHelpText(
        'after',
        '\nSigning and revocations wait while the clock is more than a minute behind the newest time of the records. Accept\nonly when the clock is right: what is signed afterwards is dated by it, before what was signed in error. It is\nwritten into the audit trail.\n\nExit code: 0 when the clock is right or was accepted, 1 when it waits for --yes.',
      )
      .action(async (flags: AcceptFlags) => accept(context, flags)),
  );
  return command;
}

async function accept({ terminal, setExitCode }: CommandContext, flags: AcceptFlags): Promise<void> {
  const outcome = (await acceptHere(flags)) ?? (await askServer(flags));
  if (flags.json) terminal.json(outcome);
  else show(terminal, outcome);
  if (outcome.status === 'BEHIND' && !outcome.accepted) setExitCode(1);
}

/** undefined when the directory is not here or a server has it. */
async function acceptHere(flags: AcceptFlags): Promise<Outcome | undefined> {
  if (flags.endpoint !== undefined) return undefined;
  const inputs = { 'data-dir': flags.dataDir, 'master-key-file': flags.masterKeyFile, region: flags.region };
  const { config } = loadConfig(processInputs(inputs, flags.config));
  for (const path of [join(config.dataDir, 'metadata.db'), config.masterKeyFile])
    if (!existsSync(path)) return undefined;
  const { composeClock } = await import('../compose-upkeep.ts');
  const opened = await composeClock(config);
  if (opened === undefined) return undefined;
  try {
    return await acceptWith(opened, flags.yes === true);
  } finally {
    await opened.close();
  }
}

async function acceptWith(opened: Upkeep.OpenClock, yes: boolean): Promise<Outcome> {
  const { now, mark, behindSince } = opened.signingClock.state();
  const isBehind = mark !== undefined && behindSince !== undefined;
  if (isBehind && yes) await opened.accept(mark, `user ${userInfo().username} of the machine`);
  return {
    by: 'this command',
    status: isBehind ? 'BEHIND' : 'RIGHT',
    now: new Date(now).toISOString(),
    ...(mark !== undefined && { newestRecord: new Date(mark).toISOString() }),
    accepted: isBehind && yes,
  };
}

async function askServer(flags: AcceptFlags): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await withSession(flags, async ({ admin }) => {
    const clock = await admin.clock();
    const accepted = clock.status === 'BEHIND' && clock.newestRecord !== undefined && flags.yes === true;
    if (accepted && clock.newestRecord !== undefined) await admin.acceptClock(clock.newestRecord);
    outcome = { by: 'the server', ...clock, accepted };
  });
  if (outcome === undefined) throw new Error('a session ended without a result');
  return outcome;
}

function show(terminal: Terminal, { by, status, now, newestRecord, since, accepted }: Outcome): void {
  const rows: [string, string][] = [['clock', printable(now)]];
  if (newestRecord !== undefined) rows.push(['newest record', printable(newestRecord)]);
  if (since !== undefined) rows.push(['waiting since', printable(since)]);
  for (const line of pairs(rows)) terminal.line(line);
  if (status === 'RIGHT') terminal.line('The clock is not behind the records: there is nothing to accept.');
  else if (accepted)
    terminal.line(
      `Accepted by ${by}: signing continues. What was dated later than now keeps its date; sealport doctor counts it.`,
    );
  else
    terminal.line(
      'The clock is behind the records: signing and revocations wait. If the clock is wrong, set it. If the records are, run the command again with --yes.',
    );
}
