// `sealport policy`: managed policies of the account, from files.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { membersOf, type QueryClient, textOf } from './client/query.ts';
import { type ClientFlags, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { CommandError, UsageError } from './errors.ts';
import { printable, table } from './terminal.ts';
import { policyArnOf } from './user.ts';

/** A policy keeps five versions. */
const MAX_VERSIONS = 5;

interface PolicyFlags extends ClientFlags {
  readonly user?: string;
  readonly group?: string;
  readonly role?: string;
  readonly json?: true;
}

export function policyCommand(context: CommandContext): Command {
  const command = makeCommand('policy', 'Managed policies of the account.', [
    'sealport policy put team-pull team-pull.json',
  ]);
  const { terminal } = context;
  command.addCommand(
    addClientOptions(
      makeCommand('put', 'Make a policy from a file, or give it a new version that is in force.', [
        'sealport policy put team-pull team-pull.json',
      ]),
    )
      .argument('<name>', 'name of the policy')
      .argument('<file>', 'JSON file with the policy document')
      .addOption(jsonOption())
      .action((name: string, file: string, flags: PolicyFlags) =>
        withSession(flags, async ({ iam }) => {
          const put = await putPolicy(iam, name, documentIn(file));
          if (flags.json) terminal.json(put);
          else terminal.line(`${put.arn} ${put.version}${put.changed ? '' : ' (as it was)'}`);
        }),
      ),
  );
  command.addCommand(
    addClientOptions(
      makeCommand('list', 'List the policies, and how often each is attached.', ['sealport policy list']),
    )
      .addOption(jsonOption())
      .action((flags: PolicyFlags) =>
        withSession(flags, async ({ iam }) => {
          const policies = (await iam.list('ListPolicies', 'Policies')).map(membersOf).map((policy) => ({
            name: textOf(policy['PolicyName']),
            arn: textOf(policy['Arn']),
            version: textOf(policy['DefaultVersionId']),
            attached: Number(textOf(policy['AttachmentCount'])),
          }));
          if (flags.json) return terminal.json(policies);
          const rows = policies.map(({ arn, version, attached }) => [
            printable(arn),
            version,
            String(attached),
          ]);
          for (const line of table(['ARN', 'VERSION', 'ATTACHED'], rows)) terminal.line(line);
        }),
      ),
  );
  command.addCommand(
    addClientOptions(
      makeCommand('show', 'Print the document that is in force.', ['sealport policy show team-pull']),
    )
      .argument('<policy>', 'name or ARN')
      .action((policy: string, flags: PolicyFlags) =>
        withSession(flags, async ({ iam }) => {
          const arn = await policyArnOf(iam, policy);
          terminal.json(JSON.parse((await inForce(iam, arn)).document));
        }),
      ),
  );
  for (const verb of ['attach', 'detach'] as const) {
    const does = verb === 'attach' ? 'Give a policy to a user, a group or a role.' : 'Take it away again.';
    command.addCommand(
      addClientOptions(makeCommand(verb, does, [`sealport policy ${verb} team-pull --user ci`]))
        .argument('<policy>', 'name or ARN')
        .option('--user <name>', 'the user')
        .option('--group <name>', 'the group')
        .option('--role <name>', 'the role')
        .action((policy: string, flags: PolicyFlags) =>
          withSession(flags, async ({ iam }) => {
            const [kind, name] = targetOf(flags);
            const PolicyArn = await policyArnOf(iam, policy);
            const operation = `${verb === 'attach' ? 'Attach' : 'Detach'}${kind}Policy`;
            await iam.call(operation, { [`${kind}Name`]: name, PolicyArn });
            terminal.line(`${verb}ed ${printable(PolicyArn)}`);
          }),
        ),
    );
  }
  return command;
}

function targetOf({ user, group, role }: PolicyFlags): readonly [kind: string, name: string] {
  const given = [
    ['User', user],
    ['Group', group],
    ['Role', role],
  ].flatMap(([kind, name]) => (kind === undefined || name === undefined ? [] : [[kind, name] as const]));
  const [target] = given;
  if (target === undefined || given.length > 1)
    throw new UsageError('name one of --user, --group and --role');
  return target;
}

function documentIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`${file}: is no JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** The document of the policy's default version. */
export async function inForce(
  iam: QueryClient,
  PolicyArn: string,
): Promise<{ readonly version: string; readonly document: string }> {
  const policy = membersOf((await iam.call('GetPolicy', { PolicyArn }))['Policy'] ?? '');
  const VersionId = textOf(policy['DefaultVersionId']);
  const found = await iam.call('GetPolicyVersion', { PolicyArn, VersionId });
  const document = textOf(membersOf(found['PolicyVersion'] ?? '')['Document']);
  return { version: VersionId, document: decodeURIComponent(document) };
}

/** Gives a policy a new version, in force; the oldest other one goes when there are five. */
export async function newVersion(iam: QueryClient, PolicyArn: string, document: string): Promise<string> {
  const versions = (await iam.list('ListPolicyVersions', 'Versions', { PolicyArn })).map(membersOf);
  if (versions.length >= MAX_VERSIONS) {
    const oldest = versions.findLast(({ IsDefaultVersion }) => IsDefaultVersion !== 'true');
    await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: textOf(oldest?.['VersionId']) });
  }
  const made = await iam.call('CreatePolicyVersion', {
    PolicyArn,
    PolicyDocument: document,
    SetAsDefault: true,
  });
  return textOf(membersOf(made['PolicyVersion'] ?? '')['VersionId']);
}

async function putPolicy(iam: QueryClient, name: string, document: string) {
  const known = (await iam.list('ListPolicies', 'Policies', { Scope: 'Local' }))
    .map(membersOf)
    .find(({ PolicyName }) => textOf(PolicyName) === name);
  if (known === undefined) {
    const made = await iam.call('CreatePolicy', { PolicyName: name, PolicyDocument: document });
    return { arn: textOf(membersOf(made['Policy'] ?? '')['Arn']), version: 'v1', changed: true };
  }
  const arn = textOf(known['Arn']);
  const current = await inForce(iam, arn);
  return current.document === document
    ? { arn, version: current.version, changed: false }
    : { arn, version: await newVersion(iam, arn, document), changed: true };
}
