// `sealport audit accept`: an operator says that what the verification of the trail finds is known, and why. It is written
// into the trail under the master key: by the server that has the data directory, else by this command.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type * as AuditTools from '../compose-audit.ts';
import { loadConfig, processInputs } from '../config/index.ts';
import { addDataOptions, type CommandContext, jsonOption, makeCommand, serverFlags } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { printable, type Terminal } from './terminal.ts';

type Flags = Readonly<Record<string, unknown>>;

const MAX_REASON = 1000;
/** A server looks every second. */
const TIMEOUT_MS = 60_000;

export function auditAcceptCommand(context: CommandContext): Command {
  const accepting = makeCommand(
    'accept',
    'Acknowledge what is wrong with the trail, so that verify passes but for what is wrong later.',
    [
      'sealport audit accept --data-dir /var/lib/sealport --reason "restored from the backup of 3 May"',
      'sealport audit accept --reason "head lost with the disk, see ticket 4711" --json',
    ],
  );
  return addDataOptions(accepting, { masterKey: true })
    .addOption(new Option('--reason <text>', 'why; it stands in the trail for good').makeOptionMandatory())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nWorks while the server runs. Nothing is repaired and nothing removed; what is changed after this is found again.\nExit code: 0 also when there was nothing to accept; 1 when something is left that only a start can note.',
    )
    .action(async (flags: Flags) => accept(context, flags));
}

async function accept({ terminal, setExitCode }: CommandContext, flags: Flags): Promise<void> {
  const reason = String(flags['reason']).trim();
  if (reason === '' || reason.length > MAX_REASON)
    throw new UsageError(`--reason: must have 1 to ${MAX_REASON} characters`);
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const { config } = loadConfig(processInputs(serverFlags(flags), configFile));
  for (const path of [config.masterKeyFile, `${config.dataDir}/metadata.db`])
    if (!existsSync(path)) throw new CommandError(`there is no ${path}`);
  const { acceptAudit } = await import('../compose-audit.ts');
  const json = flags['json'] === true;
  const accepted = await acceptAudit(config, {
    who: `user ${userInfo().username} of the machine`,
    reason,
    timeoutMs: TIMEOUT_MS,
    wait: (ms) => sleep(ms),
    onProgress: (segment, records) => {
      if (!json) terminal.note(`segment ${segment}: ${records} records so far`);
    },
  });
  if (json) terminal.json(accepted);
  else show(terminal, accepted);
  if (accepted.left.length > 0) setExitCode(1);
}

function show(terminal: Terminal, { by, problems, left }: AuditTools.Accepted): void {
  const text = ({ sequence, segment, line, what }: AuditTools.AuditProblem) =>
    printable(`record ${sequence} (file ${segment}, line ${line}): ${what}`);
  for (const problem of problems) terminal.line(`accepted  ${text(problem)}`);
  for (const problem of left) terminal.line(`left      ${text(problem)}`);
  if (problems.length === 0 && left.length === 0) terminal.line('There is nothing to accept.');
  else if (problems.length > 0)
    terminal.line(`Accepted: written into the trail under the master key by ${by}.`);
  if (left.length > 0)
    terminal.line('What is left can be accepted once a start of the server has noted it in the trail.');
}
