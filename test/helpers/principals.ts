// Users and accounts of a server that runs in the test's own process, with the policies that a test gives them.
import { type ApiClient, apiClient, type TestCredentials } from './api-client.ts';
import type { TestServer } from './start-server.ts';

export interface TestPrincipal extends ApiClient {
  readonly accountId: string;
  readonly arn: string;
  readonly credentials: TestCredentials;
  /** For AWS's own clients. */
  readonly url: string;
}

/** An identity policy's text; a statement allows unless it says otherwise, and is about everything. */
export function policyText(...statements: object[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Resource: '*', ...statement })),
  });
}

/** A resource policy's text. */
export function resourcePolicyText(...statements: object[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', Principal: '*', ...statement })),
  });
}

type Server = Pick<TestServer, 'access' | 'url' | 'region'>;

function principal(
  server: Server,
  accountId: string,
  arn: string,
  { key, secretAccessKey }: { readonly key: { readonly id: string }; readonly secretAccessKey: string },
): TestPrincipal {
  const credentials = { accessKeyId: key.id, secretAccessKey };
  return {
    accountId,
    arn,
    credentials,
    url: server.url,
    ...apiClient({ url: server.url, region: server.region, credentials }),
  };
}

/** A user with one inline policy of these statements; `boundary`: statements of its permissions boundary. */
export async function makeUser(
  server: Server,
  accountId: string,
  name: string,
  statements: readonly object[],
  options: { readonly boundary?: readonly object[]; readonly tags?: Readonly<Record<string, string>> } = {},
): Promise<TestPrincipal> {
  const { iam } = server.access;
  const { boundary, tags = {} } = options;
  const boundaryName = `${name}-boundary`;
  if (boundary !== undefined)
    await iam.policies.create({ accountId, name: boundaryName, document: policyText(...boundary) });
  await iam.users.create({
    accountId,
    name,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    ...(boundary === undefined ? {} : { boundaryArn: `arn:aws:iam::${accountId}:policy/${boundaryName}` }),
  });
  const identity = { kind: 'user', accountId, name } as const;
  if (statements.length > 0) await iam.inlinePolicies.put(identity, 'rights', policyText(...statements));
  const made = await iam.accessKeys.create(identity);
  return principal(server, accountId, `arn:aws:iam::${accountId}:user/${name}`, made);
}

/** Another account, as its root. */
export async function makeAccount(server: Server): Promise<TestPrincipal> {
  const { iam } = server.access;
  const made = await iam.accounts.create();
  const { id } = made.account;
  return principal(server, id, `arn:aws:iam::${id}:root`, made);
}
