// Changes of users, groups and roles: what each has is made exactly what the file says.
import { awsPrincipalsOf, parsePrincipalArn } from '../../shared/policy-principals.ts';
import { AwsError } from '../client/aws.ts';
import { membersOf, type Parameter, type QueryClient, textOf } from '../client/query.ts';
import { type Change, difference, sameDocument } from './change.ts';
import type { AccessDocument } from './document.ts';

type Kind = 'User' | 'Group' | 'Role';
type Wanted = NonNullable<AccessDocument['users']>[string] & NonNullable<AccessDocument['groups']>[string];
type WantedRole = NonNullable<AccessDocument['roles']>[string];

export interface IdentityPlanner {
  group(name: string, wanted: NonNullable<AccessDocument['groups']>[string]): Promise<readonly Change[]>;
  user(name: string, wanted: NonNullable<AccessDocument['users']>[string]): Promise<readonly Change[]>;
  /** `last`: what can only be done when all users and roles of the file are there. */
  role(
    name: string,
    wanted: WantedRole,
    others: ReadonlySet<string>,
  ): Promise<{ readonly changes: readonly Change[]; readonly last: readonly Change[] }>;
}

/** A role with it can be assumed by nobody: it stands until those whom the real trust policy names are there. */
const NOBODY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole' }],
});

/** `arnOf`: of a policy as the file names it. */
export function makeIdentityPlanner(
  iam: QueryClient,
  arnOf: (nameOrArn: string) => Promise<string>,
): IdentityPlanner {
  const found = async (kind: Kind, name: string) => {
    try {
      const answer = await iam.call(`Get${kind}`, { [`${kind}Name`]: name });
      return membersOf(answer[kind] ?? '');
    } catch (error) {
      if (error instanceof AwsError && error.code === 'NoSuchEntity') return undefined;
      throw error;
    }
  };

  const step = (
    sign: Change['sign'],
    what: string,
    operation: string,
    input: Readonly<Record<string, Parameter>>,
  ): Change => ({ sign, what, run: () => iam.call(operation, input) });

  async function policies(
    kind: Kind,
    name: string,
    wanted: Wanted,
    isNew: boolean,
  ): Promise<readonly Change[]> {
    const id = { [`${kind}Name`]: name };
    const title = `${kind.toLowerCase()} ${name}`;
    const attached = isNew
      ? []
      : (await iam.list(`ListAttached${kind}Policies`, 'AttachedPolicies', id)).map((policy) =>
          textOf(membersOf(policy)['PolicyArn']),
        );
    const arns = await Promise.all((wanted.policies ?? []).map(async (policy) => arnOf(policy)));
    const { add, remove } = difference(arns, attached);
    const names = isNew ? [] : (await iam.list(`List${kind}Policies`, 'PolicyNames', id)).map(textOf);
    const inline = wanted.inlinePolicies ?? {};
    const changes = [
      ...remove.map((PolicyArn) =>
        step('-', `${title}: detach ${PolicyArn}`, `Detach${kind}Policy`, { ...id, PolicyArn }),
      ),
      ...add.map((PolicyArn) =>
        step('+', `${title}: attach ${PolicyArn}`, `Attach${kind}Policy`, { ...id, PolicyArn }),
      ),
      ...difference(Object.keys(inline), names).remove.map((PolicyName) =>
        step('-', `${title}: inline policy ${PolicyName}`, `Delete${kind}Policy`, { ...id, PolicyName }),
      ),
    ];
    for (const [PolicyName, document] of Object.entries(inline)) {
      const there = names.includes(PolicyName)
        ? textOf((await iam.call(`Get${kind}Policy`, { ...id, PolicyName }))['PolicyDocument'])
        : undefined;
      if (there !== undefined && sameDocument(document, there)) continue;
      const what = `${title}: inline policy ${PolicyName}`;
      const input = { ...id, PolicyName, PolicyDocument: JSON.stringify(document) };
      changes.push(step(there === undefined ? '+' : '~', what, `Put${kind}Policy`, input));
    }
    return changes;
  }

  /** Boundary and tags of what is there already. */
  async function boundaryAndTags(
    kind: 'User' | 'Role',
    name: string,
    wanted: Pick<Wanted, 'boundary' | 'tags'>,
    there: Awaited<ReturnType<typeof found>>,
  ): Promise<readonly Change[]> {
    const id = { [`${kind}Name`]: name };
    const title = `${kind.toLowerCase()} ${name}`;
    const boundary = wanted.boundary === undefined ? '' : await arnOf(wanted.boundary);
    const current = textOf(membersOf(there?.['PermissionsBoundary'] ?? '')['PermissionsBoundaryArn']);
    const pairs = (await iam.list(`List${kind}Tags`, 'Tags', id)).map(membersOf);
    const tags = Object.fromEntries(pairs.map(({ Key, Value }) => [textOf(Key), textOf(Value)]));
    const set = Object.entries(wanted.tags ?? {}).filter(([key, value]) => tags[key] !== value);
    const { remove } = difference(Object.keys(wanted.tags ?? {}), Object.keys(tags));
    return [
      ...(boundary === current
        ? []
        : boundary === ''
          ? [step('-', `${title}: boundary ${current}`, `Delete${kind}PermissionsBoundary`, id)]
          : [
              step('~', `${title}: boundary ${boundary}`, `Put${kind}PermissionsBoundary`, {
                ...id,
                PermissionsBoundary: boundary,
              }),
            ]),
      ...(remove.length === 0
        ? []
        : [step('-', `${title}: tags ${remove.join(', ')}`, `Untag${kind}`, { ...id, TagKeys: remove })]),
      ...(set.length === 0
        ? []
        : [
            step('~', `${title}: tags ${set.map(([key]) => key).join(', ')}`, `Tag${kind}`, {
              ...id,
              Tags: tagList(Object.fromEntries(set)),
            }),
          ]),
    ];
  }

  const tagList = (tags: Readonly<Record<string, string>> | undefined) =>
    Object.entries(tags ?? {}).map(([Key, Value]) => ({ Key, Value }));

  return {
    async group(name, wanted) {
      const there = await found('Group', name);
      const create = step('+', `group ${name}`, 'CreateGroup', { GroupName: name, Path: wanted.path });
      return [
        ...(there === undefined ? [create] : []),
        ...(await policies('Group', name, wanted, there === undefined)),
      ];
    },
    async user(name, wanted) {
      const there = await found('User', name);
      const boundary = wanted.boundary === undefined ? undefined : await arnOf(wanted.boundary);
      const create = step('+', `user ${name}`, 'CreateUser', {
        UserName: name,
        Path: wanted.path,
        PermissionsBoundary: boundary,
        Tags: tagList(wanted.tags),
      });
      const path = wanted.path ?? '/';
      const move = step('~', `user ${name}: path ${path}`, 'UpdateUser', { UserName: name, NewPath: path });
      const groups =
        there === undefined
          ? []
          : (await iam.list('ListGroupsForUser', 'Groups', { UserName: name })).map((group) =>
              textOf(membersOf(group)['GroupName']),
            );
      const { add, remove } = difference(wanted.groups ?? [], groups);
      return [
        ...(there === undefined ? [create] : await boundaryAndTags('User', name, wanted, there)),
        ...(there !== undefined && textOf(there['Path']) !== path ? [move] : []),
        ...(await policies('User', name, wanted, there === undefined)),
        ...remove.map((GroupName) =>
          step('-', `user ${name}: leave ${GroupName}`, 'RemoveUserFromGroup', { UserName: name, GroupName }),
        ),
        ...add.map((GroupName) =>
          step('+', `user ${name}: join ${GroupName}`, 'AddUserToGroup', { UserName: name, GroupName }),
        ),
      ];
    },
    async role(name, wanted, others) {
      const there = await found('Role', name);
      const RoleName = name;
      const boundary = wanted.boundary === undefined ? undefined : await arnOf(wanted.boundary);
      const trust = JSON.stringify(wanted.trust);
      const settings = { Description: wanted.description, MaxSessionDuration: wanted.maxSessionSeconds };
      const own: Change[] = [];
      const last: Change[] = [];
      const setTrust = step('~', `role ${name}: trust policy`, 'UpdateAssumeRolePolicy', {
        RoleName,
        PolicyDocument: trust,
      });
      const waits = namesRoleOf(trust, others);
      if (there === undefined) {
        own.push(
          step('+', `role ${name}`, 'CreateRole', {
            RoleName,
            Path: wanted.path,
            AssumeRolePolicyDocument: waits ? NOBODY : trust,
            PermissionsBoundary: boundary,
            Tags: tagList(wanted.tags),
            ...settings,
          }),
        );
        if (waits) last.push(setTrust);
      } else {
        if (!sameDocument(wanted.trust, textOf(there['AssumeRolePolicyDocument'])))
          (waits ? last : own).push(setTrust);
        const sameDescription =
          (wanted.description ?? textOf(there['Description'])) === textOf(there['Description']);
        const seconds = textOf(there['MaxSessionDuration']);
        const sameLength = String(wanted.maxSessionSeconds ?? seconds) === seconds;
        if (!sameDescription || !sameLength)
          own.push(step('~', `role ${name}: settings`, 'UpdateRole', { RoleName, ...settings }));
        own.push(...(await boundaryAndTags('Role', name, wanted, there)));
      }
      return { changes: [...own, ...(await policies('Role', name, wanted, there === undefined))], last };
    },
  };
}

/** Whether a trust policy names one of these roles or a session of it, in whichever account. */
function namesRoleOf(trust: string, roles: ReadonlySet<string>): boolean {
  let principals: readonly string[];
  try {
    principals = awsPrincipalsOf(trust);
  } catch {
    // The server says what is wrong with it.
    return false;
  }
  return principals.some((principal) => {
    const named = parsePrincipalArn(principal);
    return named !== undefined && named.kind !== 'user' && roles.has(named.name.toLowerCase());
  });
}
