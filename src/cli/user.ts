// `sealport user`: the everyday calls of IAM about users, for those who have no AWS client at hand.
import type { Command } from 'commander';
import { AwsError } from './client/aws.ts';
import { listOf, membersOf, type QueryClient, textOf } from './client/query.ts';
import { type ClientFlags, type Session, withSession } from './client/session.ts';
import { addClientOptions, type CommandContext, jsonOption, makeCommand } from './context.ts';
import { pairs, printable, table } from './terminal.ts';

interface UserFlags extends ClientFlags {
  readonly policy?: readonly string[];
  readonly group?: readonly string[];
  readonly path?: string;
  readonly boundary?: string;
  readonly key?: true;
  readonly json?: true;
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export function userCommand(context: CommandContext): Command {
  const command = makeCommand('user', 'Users of the account and their access keys.', [
    'sealport user create ci --policy SealportPush --key',
  ]);
  const create = makeCommand('create', 'Make a user, with policies, groups and a key if you say so.', [
    'sealport user create ci --policy SealportPush --key',
    'sealport user create anna --group developers',
  ]);
  command.addCommand(
    addClientOptions(create)
      .argument('<name>', 'name of the user')
      .option('--policy <policy>', 'policy to attach, by name or ARN; may be repeated', collect)
      .option('--group <group>', 'group to join; may be repeated', collect)
      .option('--boundary <policy>', 'permissions boundary, by name or ARN')
      .option('--path <path>', 'path of the user [default: /]')
      .option('--key', 'make an access key; its secret is shown once')
      .addOption(jsonOption())
      .action((name: string, flags: UserFlags) =>
        withSession(flags, (session) => createUser(context, session, name, flags)),
      ),
  );
  command.addCommand(
    addClientOptions(makeCommand('list', 'List the users.', ['sealport user list']))
      .addOption(jsonOption())
      .action((flags: UserFlags) => withSession(flags, (session) => listUsers(context, session, flags))),
  );
  command.addCommand(
    addClientOptions(
      makeCommand('key', 'Make an access key for a user; its secret is shown once.', [
        'sealport user key ci --json',
      ]),
    )
      .argument('<name>', 'name of the user')
      .addOption(jsonOption())
      .action((name: string, flags: UserFlags) =>
        withSession(flags, async ({ iam }) => showKey(context, await createKey(iam, name), flags)),
      ),
  );
  command.addCommand(
    addClientOptions(
      makeCommand('delete', 'Delete a user with its keys, its policies and its memberships.', [
        'sealport user delete ci',
      ]),
    )
      .argument('<name>', 'name of the user')
      .action((name: string, flags: UserFlags) =>
        withSession(flags, async ({ iam }) => {
          await deleteUser(iam, name);
          context.terminal.line(`deleted ${printable(name)}`);
        }),
      ),
  );
  return command;
}

/** A policy by its ARN or name: one of the account, else one that every account finds ready. */
export async function policyArnOf(iam: QueryClient, nameOrArn: string): Promise<string> {
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  const policies = (await iam.list('ListPolicies', 'Policies')).map(membersOf);
  const found = policies.find(
    ({ PolicyName }) => textOf(PolicyName).toLowerCase() === nameOrArn.toLowerCase(),
  );
  if (found === undefined)
    throw new AwsError('NoSuchEntity', 404, `there is no policy named ${printable(nameOrArn)}`);
  return textOf(found['Arn']);
}

interface Key {
  readonly userName: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function createKey(iam: QueryClient, UserName: string): Promise<Key> {
  const key = membersOf((await iam.call('CreateAccessKey', { UserName }))['AccessKey'] ?? '');
  return {
    userName: textOf(key['UserName']),
    accessKeyId: textOf(key['AccessKeyId']),
    secretAccessKey: textOf(key['SecretAccessKey']),
  };
}

function showKey({ terminal }: CommandContext, key: Key, { json }: UserFlags): void {
  if (json) return terminal.json(key);
  const lines = pairs([
    ['user', printable(key.userName)],
    ['access key id', key.accessKeyId],
    ['secret access key', key.secretAccessKey],
  ]);
  for (const line of lines) terminal.line(line);
  terminal.note('The secret is shown this once; the server keeps it sealed.');
}

async function createUser(
  context: CommandContext,
  { iam }: Session,
  UserName: string,
  flags: UserFlags,
): Promise<void> {
  // Found before anything is made: a name that is wrong leaves no half of a user.
  const policies = await Promise.all((flags.policy ?? []).map(async (policy) => policyArnOf(iam, policy)));
  const boundary = flags.boundary === undefined ? undefined : await policyArnOf(iam, flags.boundary);
  const made = await iam.call('CreateUser', { UserName, Path: flags.path, PermissionsBoundary: boundary });
  for (const GroupName of flags.group ?? []) await iam.call('AddUserToGroup', { GroupName, UserName });
  for (const PolicyArn of policies) await iam.call('AttachUserPolicy', { UserName, PolicyArn });
  if (flags.key) return showKey(context, await createKey(iam, UserName), flags);
  const arn = textOf(membersOf(made['User'] ?? '')['Arn']);
  if (flags.json) context.terminal.json({ userName: UserName, arn });
  else context.terminal.line(printable(arn));
}

async function listUsers({ terminal }: CommandContext, { iam }: Session, flags: UserFlags): Promise<void> {
  const users = (await iam.list('ListUsers', 'Users')).map(membersOf).map((user) => ({
    userName: textOf(user['UserName']),
    arn: textOf(user['Arn']),
    createdAt: textOf(user['CreateDate']),
  }));
  if (flags.json) return terminal.json(users);
  const rows = users.map(({ userName, arn, createdAt }) => [printable(userName), printable(arn), createdAt]);
  for (const line of table(['USER', 'ARN', 'SINCE'], rows)) terminal.line(line);
}

/** Keys go first: from then on nobody is the user any more. */
export async function deleteUser(iam: QueryClient, UserName: string): Promise<void> {
  const each = async (
    operation: string,
    member: string,
    remove: (item: string) => Promise<unknown>,
    of = '',
  ) => {
    for (const item of await iam.list(operation, member, { UserName }))
      await remove(of === '' ? textOf(item) : textOf(membersOf(item)[of]));
  };
  const keys = await iam.call('ListAccessKeys', { UserName });
  for (const key of listOf(keys['AccessKeyMetadata']))
    await iam.call('DeleteAccessKey', { UserName, AccessKeyId: textOf(membersOf(key)['AccessKeyId']) });
  await each(
    'ListGroupsForUser',
    'Groups',
    (GroupName) => iam.call('RemoveUserFromGroup', { UserName, GroupName }),
    'GroupName',
  );
  await each(
    'ListAttachedUserPolicies',
    'AttachedPolicies',
    (PolicyArn) => iam.call('DetachUserPolicy', { UserName, PolicyArn }),
    'PolicyArn',
  );
  await each('ListUserPolicies', 'PolicyNames', (PolicyName) =>
    iam.call('DeleteUserPolicy', { UserName, PolicyName }),
  );
  await iam.call('DeleteUser', { UserName });
}
