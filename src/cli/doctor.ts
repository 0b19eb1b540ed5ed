// `sealport doctor`: looks at a data directory and at the machine, and says what would keep a server from
// starting or from keeping its promises. It only looks: it changes nothing and shows no secret.
import type { Command } from 'commander';
import { loadConfig, processInputs } from '../config/index.ts';
import { addServerOptions, type CommandContext, jsonOption, makeCommand, serverFlags } from './context.ts';
import { policiesCheck } from './doctor-access.ts';
import { dataChecks, portCheck, serverChecks } from './doctor-checks.ts';
import { auditCheck, secrecyChecks } from './doctor-secrecy.ts';
import { type Terminal, table } from './terminal.ts';

/** `skipped`: there was nothing to look at. */
export type Outcome = 'ok' | 'skipped' | 'warning' | 'failed';

export interface Finding {
  readonly check: string;
  readonly outcome: Outcome;
  readonly detail: string;
}

export function doctorCommand(context: CommandContext): Command {
  const command = makeCommand(
    'doctor',
    'Look for what is wrong with a data directory, a server, the machine.',
    ['sealport doctor', 'sealport doctor --data-dir /var/lib/sealport --json'],
  );
  return addServerOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 1 when a check failed; warnings alone give 0.')
    .action(async (flags: Record<string, unknown>) => doctor(context, flags));
}

async function doctor(
  { terminal, setExitCode }: CommandContext,
  flags: Record<string, unknown>,
): Promise<void> {
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const { config } = loadConfig(processInputs(serverFlags(flags), configFile));
  const server = await serverChecks(config);
  const findings: readonly Finding[] = [
    { check: 'configuration', outcome: 'ok', detail: 'every option is known and well-formed' },
    ...dataChecks(config),
    ...secrecyChecks(config),
    policiesCheck(config),
    await auditCheck(config),
    await portCheck(config, server.running),
    ...server.findings,
  ];
  if (flags['json'] === true) terminal.json(findings);
  else show(terminal, findings);
  if (findings.some(({ outcome }) => outcome === 'failed')) setExitCode(1);
}

function show(terminal: Terminal, findings: readonly Finding[]): void {
  const rows = findings.map(({ check, outcome, detail }) => [paint(terminal, outcome), check, detail]);
  for (const line of table(['RESULT', 'CHECK', 'DETAIL'], rows)) terminal.line(line);
}

function paint(terminal: Terminal, outcome: Outcome): string {
  switch (outcome) {
    case 'ok':
      return terminal.paint('green', outcome);
    case 'warning':
      return terminal.paint('yellow', outcome);
    case 'failed':
      return terminal.paint('red', outcome);
    case 'skipped':
      return terminal.paint('dim', outcome);
    default:
      return outcome;
  }
}
