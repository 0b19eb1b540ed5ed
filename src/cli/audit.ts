// `sealport audit verify`, `accept` and `export`: the audit trail of a data directory, checked, acknowledged and given out.
// A server may run on the directory meanwhile.
import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type * as AuditTools from '../compose-audit.ts';
import { type Config, loadConfig, processInputs } from '../config/index.ts';
import { auditAcceptCommand } from './audit-accept.ts';
import { addDataOptions, type CommandContext, jsonOption, makeCommand, serverFlags } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { pairs, printable, type Terminal } from './terminal.ts';

type Flags = Readonly<Record<string, unknown>>;
type Tools = typeof AuditTools;
type Verification = Awaited<ReturnType<Tools['verifyAudit']>>;

/** Problems that are shown to people. */
const MAX_SHOWN = 20;

export function auditCommand(context: CommandContext): Command {
  const command = makeCommand('audit', 'The audit trail: who did what, and which signatures were made.', [
    'sealport audit verify --data-dir /var/lib/sealport',
    'sealport audit accept --reason "restored from the backup of 3 May"',
    'sealport audit export --outcome denied --from 2026-01-01',
  ]);
  const verifying = makeCommand('verify', 'Check that no record was removed, moved or changed.', [
    'sealport audit verify --data-dir /var/lib/sealport',
  ]);
  command.addCommand(
    addDataOptions(verifying, { masterKey: true })
      .addOption(jsonOption())
      .addHelpText(
        'after',
        '\nExit code: 1 when a record is missing or was changed, and no operator has accepted it.',
      )
      .action(async (flags: Flags) => verify(context, flags)),
  );
  command.addCommand(auditAcceptCommand(context));
  const exporting = makeCommand('export', 'Print events as JSON lines, in the form of CloudTrail records.', [
    'sealport audit export --from 2026-01-01T00:00:00Z --event PutImage',
    'sealport audit export --principal arn:aws:iam::123456789012:user/ci --outcome denied',
    "sealport audit export --resource 'arn:aws:ecr:us-east-1:123456789012:repository/team/*'",
  ]);
  command.addCommand(
    addDataOptions(exporting, { masterKey: false })
      .option('--from <time>', 'from this time on (ISO 8601)')
      .option('--until <time>', 'up to this time (ISO 8601)')
      .option('--principal <who>', 'ARN, user name or access key id')
      .option('--event <name>', 'name of the operation, e.g. PutImage')
      .option('--resource <arn>', 'ARN, or its beginning and *')
      .addOption(
        new Option(
          '--outcome <outcome>',
          'how it ended; denied: for want of permission or of a login',
        ).choices(['ok', 'failed', 'denied']),
      )
      .option('--chain', 'print the lines as they are stored, with sequence and hash')
      .action(async (flags: Flags) => exportEvents(context, flags)),
  );
  return command;
}

async function openTools(flags: Flags): Promise<{ readonly tools: Tools; readonly config: Config }> {
  const configFile = typeof flags['config'] === 'string' ? flags['config'] : undefined;
  const { config } = loadConfig(processInputs(serverFlags(flags), configFile));
  return { tools: await import('../compose-audit.ts'), config };
}

async function verify({ terminal, setExitCode }: CommandContext, flags: Flags): Promise<void> {
  const { tools, config } = await openTools(flags);
  const json = flags['json'] === true;
  const result = await tools.verifyAudit(config, (segment, records) => {
    if (!json) terminal.note(`segment ${segment}: ${records} records so far`);
  });
  // A database that knows of a trail makes its absence a problem.
  if (result.problem === undefined) requireTrail(tools.auditDirectory(config));
  if (json) terminal.json(result);
  else show(terminal, result);
  if (result.problem !== undefined) setExitCode(1);
}

function requireTrail(directory: string): void {
  if (!existsSync(directory)) throw new CommandError(`there is no audit trail in ${directory}`);
}

function show(terminal: Terminal, result: Verification): void {
  for (const { sequence, note } of result.notes)
    terminal.line(printable(`record ${sequence}, ${note.at}: ${JSON.stringify(note)}`));
  for (const { sequence, at, by, reason, problems } of result.accepted)
    terminal.line(
      printable(
        `record ${sequence}, ${at}: ${by} accepted ${problems.map(problemText).join('; ') || 'what is not found any more'}; reason: ${reason}`,
      ),
    );
  const { problem, problems, first, last, unfinishedBytes } = result;
  const lines: [string, string][] = [
    [
      'records',
      `${result.records} (${first} to ${last.sequence}) in ${result.segments} ${result.segments === 1 ? 'file' : 'files'}`,
    ],
    ['last', `${last.sequence} ${last.hash}`],
    ...protectionOf(result),
    ...(unfinishedBytes === 0
      ? []
      : [
          ['unfinished', `${unfinishedBytes} bytes at the end, being written or left by a crash`] as [
            string,
            string,
          ],
        ]),
    ...problems
      .slice(1, MAX_SHOWN)
      .map((other): [string, string] => ['also', terminal.paint('red', printable(problemText(other)))]),
    ...(problems.length <= MAX_SHOWN
      ? []
      : [['also', `${problems.length - MAX_SHOWN} more: see --json`] as [string, string]]),
    [
      'result',
      problem === undefined
        ? terminal.paint(
            'green',
            result.accepted.length === 0
              ? 'nothing is missing, nothing was changed'
              : 'nothing is missing, nothing was changed, but for what was accepted',
          )
        : terminal.paint('red', printable(problemText(problem))),
    ],
  ];
  for (const line of pairs(lines)) terminal.line(line);
}

function problemText({ sequence, segment, line, what }: AuditTools.AuditProblem): string {
  return `record ${sequence} (file ${segment}, line ${line}): ${what}`;
}

/** What was looked at beside the chain. */
function protectionOf({
  headChecked,
  beyondHead,
  sealed,
  first,
  markUnchecked,
}: Verification): [string, string][] {
  if (!headChecked)
    return [
      [
        'head',
        'not checked: the master key is not at hand, so a chain that was made again, or cut off, would not show',
      ],
    ];
  const from =
    sealed === undefined || sealed.from <= first + 2 ? '' : `, the ones before ${sealed.from} since then`;
  return [
    ['head', beyondHead === 0 ? 'up to the last record' : `${beyondHead} records before the last one`],
    [
      'seals',
      sealed === undefined
        ? 'none: the trail is of an earlier version; the next start seals it'
        : `up to record ${sealed.through}${from}`,
    ],
    ['database', markUnchecked === undefined ? 'agrees, or see below' : `not asked: ${markUnchecked}`],
  ];
}

async function exportEvents({ terminal }: CommandContext, flags: Flags): Promise<void> {
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined);
  const filter = {
    from: timeOf('--from', text('from')),
    until: timeOf('--until', text('until')),
    principal: text('principal'),
    eventName: text('event'),
    resource: text('resource'),
    outcome: text('outcome') as 'ok' | 'failed' | 'denied' | undefined,
  };
  const { tools, config } = await openTools(flags);
  requireTrail(tools.auditDirectory(config));
  for await (const line of tools.exportAudit(config, filter, flags['chain'] === true)) {
    terminal.line(line);
    // However slow the reader is, little waits for it.
    await terminal.drained();
  }
}

function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError(`${option}: must be a time such as 2026-01-31T12:00:00Z`);
  return time;
}
