// From a file to the changes that make access what it says. Reads only; what the file does not name stays as it is,
// unless it is to be removed.
import { membersOf, type QueryClient, textOf } from '../client/query.ts';
import { CommandError } from '../errors.ts';
import { inForce, newVersion } from '../policy.ts';
import { deleteUser, policyArnOf } from '../user.ts';
import { type Change, difference, sameDocument } from './change.ts';
import type { AccessDocument } from './document.ts';
import { makeIdentityPlanner } from './identities.ts';

export interface PlanOptions {
  readonly accountId: string;
  /** Whether what the file does not name is deleted. */
  readonly prune: boolean;
}

export async function planAccess(
  iam: QueryClient,
  document: AccessDocument,
  { accountId, prune }: PlanOptions,
): Promise<readonly Change[]> {
  const policies = document.policies ?? {};
  const arnIn = (name: string) => `arn:aws:iam::${accountId}:policy${policies[name]?.path ?? '/'}${name}`;
  const arnOf = async (nameOrArn: string) =>
    Object.hasOwn(policies, nameOrArn) ? arnIn(nameOrArn) : policyArnOf(iam, nameOrArn);
  const identities = makeIdentityPlanner(iam, arnOf);
  const changes: Change[] = [
    ...(await planProviders(iam, document, accountId, prune)),
    ...(await planPolicies(iam, policies, arnIn)),
  ];
  for (const [name, wanted] of Object.entries(document.groups ?? {}))
    changes.push(...(await identities.group(name, wanted)));
  for (const [name, wanted] of Object.entries(document.users ?? {}))
    changes.push(...(await identities.user(name, wanted)));
  // A trust policy can only name who is there: users come before roles, and what names another role of the file comes
  // when all of them are made.
  const roles = Object.entries(document.roles ?? {});
  const names = new Set(roles.map(([name]) => name.toLowerCase()));
  const last: Change[] = [];
  for (const [name, wanted] of roles) {
    const role = await identities.role(name, wanted, names);
    changes.push(...role.changes);
    last.push(...role.last);
  }
  changes.push(...last);
  if (prune) changes.push(...(await planRemovals(iam, document)));
  return changes;
}

interface ProviderEntry {
  readonly url: string;
  readonly settings: NonNullable<AccessDocument['identityProviders']>[string];
}

async function planProviders(
  iam: QueryClient,
  document: AccessDocument,
  accountId: string,
  prune: boolean,
): Promise<readonly Change[]> {
  const listed = membersOf(await iam.call('ListOpenIDConnectProviders', {}));
  const there = Object.values(listed)
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map((entry) => textOf(membersOf(entry)['Arn']));
  const changes: Change[] = [];
  const wanted = new Map<string, ProviderEntry>(
    Object.entries(document.identityProviders ?? {}).map(([url, settings]) => {
      const name = url.replace(/^https?:\/\//, '').replace(/\/+$/, '');
      return [`arn:aws:iam::${accountId}:oidc-provider/${name}`, { url, settings }];
    }),
  );
  const remove = (arn: string) => iam.call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
  for (const [arn, { url, settings }] of wanted) {
    const ClientIDList = settings.clientIds ?? [];
    const ThumbprintList = settings.thumbprints ?? [];
    const create = () => iam.call('CreateOpenIDConnectProvider', { Url: url, ClientIDList, ThumbprintList });
    if (!there.includes(arn)) {
      changes.push({ sign: '+', what: `identity provider ${url}`, run: create });
      continue;
    }
    const current = await iam.call('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn });
    const texts = (member: string) => {
      const list = current[member];
      return Array.isArray(list) ? list.map(textOf) : [];
    };
    const clients = difference(ClientIDList, texts('ClientIDList'));
    const prints = difference(ThumbprintList, texts('ThumbprintList'));
    if ([clients, prints].every(({ add, remove: gone }) => add.length + gone.length === 0)) continue;
    // The API has no call to change one; roles that trust it are not told.
    changes.push({
      sign: '~',
      what: `identity provider ${url}`,
      run: async () => {
        await remove(arn);
        await create();
      },
    });
  }
  if (prune)
    for (const arn of there)
      if (!wanted.has(arn))
        changes.push({ sign: '-', what: `identity provider ${arn}`, run: () => remove(arn) });
  return changes;
}

async function planPolicies(
  iam: QueryClient,
  policies: NonNullable<AccessDocument['policies']>,
  arnIn: (name: string) => string,
): Promise<readonly Change[]> {
  const listed = (await iam.list('ListPolicies', 'Policies', { Scope: 'Local' })).map(membersOf);
  const there = new Map(listed.map((policy) => [textOf(policy['PolicyName']), textOf(policy['Arn'])]));
  const changes: Change[] = [];
  for (const [name, wanted] of Object.entries(policies)) {
    const arn = there.get(name);
    const text = JSON.stringify(wanted.document);
    if (arn === undefined) {
      const input = {
        PolicyName: name,
        Path: wanted.path,
        Description: wanted.description,
        PolicyDocument: text,
      };
      changes.push({ sign: '+', what: `policy ${name}`, run: () => iam.call('CreatePolicy', input) });
      continue;
    }
    if (arn !== arnIn(name))
      throw new CommandError(`policy ${name}: it is ${arn}; the path of a policy cannot be changed`);
    const current = await inForce(iam, arn);
    if (!sameDocument(wanted.document, encodeURIComponent(current.document)))
      changes.push({ sign: '~', what: `policy ${name}: document`, run: () => newVersion(iam, arn, text) });
  }
  return changes;
}

/** What the file does not name, in the order in which it can go. */
async function planRemovals(iam: QueryClient, document: AccessDocument): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const names = async (operation: string, member: string, name: string) =>
    (await iam.list(operation, member)).map((item) => textOf(membersOf(item)[name]));
  const gone = async (kind: 'User' | 'Group' | 'Role', wanted: object | undefined) =>
    difference(Object.keys(wanted ?? {}), await names(`List${kind}s`, `${kind}s`, `${kind}Name`)).remove;
  for (const name of await gone('User', document.users))
    changes.push({ sign: '-', what: `user ${name}, with its keys`, run: () => deleteUser(iam, name) });
  for (const kind of ['Group', 'Role'] as const)
    for (const name of await gone(kind, kind === 'Group' ? document.groups : document.roles))
      changes.push({
        sign: '-',
        what: `${kind.toLowerCase()} ${name}`,
        run: () => removeIdentity(iam, kind, name),
      });
  const policies = (await iam.list('ListPolicies', 'Policies', { Scope: 'Local' })).map(membersOf);
  for (const policy of policies) {
    const name = textOf(policy['PolicyName']);
    const PolicyArn = textOf(policy['Arn']);
    if (!Object.hasOwn(document.policies ?? {}, name))
      changes.push({ sign: '-', what: `policy ${name}`, run: () => removePolicy(iam, PolicyArn) });
  }
  return changes;
}

async function removeIdentity(iam: QueryClient, kind: 'Group' | 'Role', name: string): Promise<void> {
  const id = { [`${kind}Name`]: name };
  if (kind === 'Group')
    for (const user of await iam.list('GetGroup', 'Users', id))
      await iam.call('RemoveUserFromGroup', { ...id, UserName: textOf(membersOf(user)['UserName']) });
  for (const policy of await iam.list(`ListAttached${kind}Policies`, 'AttachedPolicies', id))
    await iam.call(`Detach${kind}Policy`, { ...id, PolicyArn: textOf(membersOf(policy)['PolicyArn']) });
  for (const policy of await iam.list(`List${kind}Policies`, 'PolicyNames', id))
    await iam.call(`Delete${kind}Policy`, { ...id, PolicyName: textOf(policy) });
  await iam.call(`Delete${kind}`, id);
}

async function removePolicy(iam: QueryClient, PolicyArn: string): Promise<void> {
  for (const version of (await iam.list('ListPolicyVersions', 'Versions', { PolicyArn })).map(membersOf))
    if (version['IsDefaultVersion'] !== 'true')
      await iam.call('DeletePolicyVersion', { PolicyArn, VersionId: textOf(version['VersionId']) });
  await iam.call('DeletePolicy', { PolicyArn });
}
