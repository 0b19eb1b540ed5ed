/** The AWS command line on IAM and STS: users and keys, policies, lists in pages, roles and their sessions. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { fails, ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';

type Strings = Readonly<Record<string, string>>;

/** Members of replies; each command's has some of them. */
interface Reply {
  readonly Arn: string;
  readonly NextToken: string;
  readonly User: Strings;
  readonly AccessKey: Strings;
  readonly Credentials: Strings;
  readonly Policy: Strings;
  readonly Role: Readonly<Record<string, unknown>>;
  readonly PolicyVersion: { readonly Document: object };
  readonly PolicyDocument: object;
  readonly AttachedPolicies: readonly object[];
  readonly Groups: readonly { readonly GroupName: string }[];
  readonly EvaluationResults: readonly { readonly EvalDecision: string }[];
}

describe('aws-cli, IAM and STS', () => {
  const program = clientPath('aws');
  const account = '123456789012';
  let registry: SigningRegistry;
  let root: Readonly<Record<string, string>>;
  const everywhere = () => ['--endpoint-url', registry.server.url, '--output', 'json'];
  /** Runs `aws <words>`, split at spaces, as the root or as somebody else. */
  const aws = async (words: string, env = root): Promise<Reply> => {
    const text = await ok(program, [...words.split(' '), ...everywhere()], { env });
    return (text === '' ? {} : JSON.parse(text)) as Reply;
  };
  const refused = (words: string, env = root): Promise<string> =>
    fails(program, [...words.split(' '), ...everywhere()], { env });
  const as = (credentials: Readonly<Record<string, string>>) => {
    const { AWS_PROFILE: _, AWS_SHARED_CREDENTIALS_FILE: __, ...others } = root;
    return {
      ...others,
      AWS_ACCESS_KEY_ID: credentials['AccessKeyId'] ?? '',
      AWS_SECRET_ACCESS_KEY: credentials['SecretAccessKey'] ?? '',
      ...(credentials['SessionToken'] === undefined
        ? {}
        : { AWS_SESSION_TOKEN: credentials['SessionToken'] }),
    };
  };
  const file = (name: string, document: object): string => {
    writeFileSync(join(registry.dir, name), JSON.stringify(document));
    return `file://${join(registry.dir, name)}`;
  };
  const document = (...statements: object[]) => ({ Version: '2012-10-17', Statement: statements });

  before(async () => {
    registry = await signingRegistry();
    root = {
      HOME: registry.dir,
      AWS_SHARED_CREDENTIALS_FILE: join(registry.server.dataDir, 'credentials'),
      AWS_CONFIG_FILE: join(registry.dir, 'none'),
      AWS_PROFILE: 'sealport',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    };
  });
  after(() => registry.close());

  test('makes a user with a key, gives it a policy, and the user logs in', async () => {
    const { User } = await aws('iam create-user --user-name anna --path /ci/ --tags Key=team,Value=blue');
    assert.equal(User['Arn'], `arn:aws:iam::${account}:user/ci/anna`);
    assert.match(String(User['CreateDate']), /^\d{4}-\d{2}-\d{2}T/);
    const { AccessKey } = await aws('iam create-access-key --user-name anna');
    const anna = as(AccessKey);
    const who = await aws('sts get-caller-identity', anna);
    assert.deepEqual(who, { UserId: User['UserId'], Account: account, Arn: User['Arn'] });
    assert.match(await refused('ecr get-login-password', anna), /AccessDenied/);
    const arn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
    await aws(`iam attach-user-policy --user-name anna --policy-arn ${arn}`);
    const { AttachedPolicies } = await aws('iam list-attached-user-policies --user-name anna');
    assert.deepEqual(AttachedPolicies, [
      { PolicyName: 'AmazonEC2ContainerRegistryReadOnly', PolicyArn: arn },
    ]);
    const password = await ok(program, ['ecr', 'get-login-password', ...everywhere()], { env: anna });
    assert.ok(password.trim().length > 100);
    assert.match(await refused('ecr create-repository --repository-name mine', anna), /AccessDenied/);
    const id = String(AccessKey['AccessKeyId']);
    await aws(`iam update-access-key --user-name anna --access-key-id ${id} --status Inactive`);
    assert.match(await refused('sts get-caller-identity', anna), /InvalidClientTokenId/);
  });

  test('lists in pages, by itself and step by step', async () => {
    for (let n = 1; n <= 5; n += 1) await aws(`iam create-group --group-name group-${n}`);
    const names = (reply: Reply) => reply.Groups.map(({ GroupName }) => GroupName);
    const all = ['group-1', 'group-2', 'group-3', 'group-4', 'group-5'];
    assert.deepEqual(names(await aws('iam list-groups --page-size 2')), all);
    const first = await aws('iam list-groups --max-items 2');
    assert.deepEqual(names(first), ['group-1', 'group-2']);
    const next = await aws(`iam list-groups --starting-token ${first.NextToken}`);
    assert.deepEqual(names(next), all.slice(2));
  });

  test('reads policy documents back as documents', async () => {
    const allowPull = document({ Effect: 'Allow', Action: ['ecr:BatchGetImage'], Resource: '*' });
    const path = file('pull.json', allowPull);
    const { Policy } = await aws(`iam create-policy --policy-name pull --policy-document ${path}`);
    const arn = String(Policy['Arn']);
    const version = await aws(`iam get-policy-version --policy-arn ${arn} --version-id v1`);
    assert.deepEqual(version.PolicyVersion.Document, allowPull);
    await aws(`iam put-user-policy --user-name anna --policy-name inline --policy-document ${path}`);
    const inline = await aws('iam get-user-policy --user-name anna --policy-name inline');
    assert.deepEqual(inline.PolicyDocument, allowPull);
    const bad = file('bad.json', document({ Effect: 'Allow', Action: 'ecr:BatchGetImage' }));
    const words = `iam create-policy --policy-name bad --policy-document ${bad}`;
    assert.match(await refused(words), /MalformedPolicyDocument/);
    const simulated = await aws(
      `iam simulate-principal-policy --policy-source-arn arn:aws:iam::${account}:user/ci/anna --action-names ecr:BatchGetImage ecr:PutImage`,
    );
    assert.deepEqual(
      simulated.EvaluationResults.map(({ EvalDecision }) => EvalDecision),
      ['allowed', 'implicitDeny'],
    );
  });

  test('assumes a role, and the session pushes what the role may', async () => {
    const { AccessKey } = await aws('iam create-access-key --user-name anna');
    const trust = document({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:user/ci/anna` },
      Action: 'sts:AssumeRole',
    });
    const trusted = file('trust.json', trust);
    const { Role } = await aws(
      `iam create-role --role-name pusher --assume-role-policy-document ${trusted} --max-session-duration 7200`,
    );
    assert.deepEqual(Role['AssumeRolePolicyDocument'], trust);
    await aws(
      'iam attach-role-policy --role-name pusher --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess',
    );
    const anna = as(AccessKey);
    const arn = `arn:aws:iam::${account}:role/pusher`;
    const assumed = await aws(
      `sts assume-role --role-arn ${arn} --role-session-name build-1 --duration-seconds 900`,
      anna,
    );
    const session = as(assumed.Credentials);
    const { Arn } = await aws('sts get-caller-identity', session);
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/pusher/build-1`);
    await aws('ecr create-repository --repository-name by/session', session);
    const more = `sts assume-role --role-arn ${arn} --role-session-name b2 --duration-seconds 7201`;
    assert.match(await refused(more, anna), /ValidationError/);
    const token = await aws('sts get-session-token --duration-seconds 900', anna);
    const again = await aws('sts get-caller-identity', as(token.Credentials));
    assert.equal(again.Arn, `arn:aws:iam::${account}:user/ci/anna`);
    // As an AWS configuration file has it: the command line assumes the role by itself.
    writeFileSync(
      join(registry.dir, 'config'),
      `[profile pusher]\nrole_arn = ${arn}\nsource_profile = anna\nendpoint_url = ${registry.server.url}\nregion = us-east-1\n[profile anna]\naws_access_key_id = ${String(AccessKey['AccessKeyId'])}\naws_secret_access_key = ${String(AccessKey['SecretAccessKey'])}\n`,
    );
    const { AWS_SHARED_CREDENTIALS_FILE: _, ...others } = root;
    const configured = {
      ...others,
      AWS_CONFIG_FILE: join(registry.dir, 'config'),
      AWS_PROFILE: 'pusher',
      AWS_ENDPOINT_URL_STS: registry.server.url,
    };
    const byProfile = await aws('sts get-caller-identity', configured);
    assert.match(byProfile.Arn, /:assumed-role\/pusher\//);
    await aws(
      'iam detach-role-policy --role-name pusher --policy-arn arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess',
    );
    assert.match(await refused('ecr describe-repositories', session), /AccessDenied/);
    await aws('iam delete-role --role-name pusher');
    assert.match(await refused('sts get-caller-identity', session), /InvalidClientTokenId/);
  });
});
