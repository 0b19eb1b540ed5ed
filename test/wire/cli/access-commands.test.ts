// user, policy, account and access apply, as processes of their own, against one server.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GetRoleCommand, GetUserCommand, ListAccessKeysCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { iamClient, refusal } from '../../helpers/access-clients.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const example = join(import.meta.dirname, '..', '..', '..', 'examples', 'access.yaml');
let server: TestServer;
let directory: string;
let env: Readonly<Record<string, string>>;
before(async () => {
  server = await startServer();
  directory = mkdtempSync(join(tmpdir(), 'sealport-access-cli-'));
  env = {
    SEALPORT_PUBLIC_URL: server.url,
    SEALPORT_DATA_DIR: directory,
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  };
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function cli(...args: readonly string[]) {
  const result = await runCli(args, { env, cwd: directory });
  assert.ok(!result.stderr.includes(server.credentials.secretAccessKey));
  return result;
}

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(...args);
  assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test('a user is made with a policy and a key, logs in with it, and is deleted with everything', async () => {
  const policy = file(
    'login.json',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
    }),
  );
  assert.match(await ok('policy', 'put', 'login', policy), /policy\/login v1$/m);
  assert.match(await ok('policy', 'put', 'login', policy), /v1 \(as it was\)$/m);
  const key = JSON.parse(await ok('user', 'create', 'cli-user', '--policy', 'login', '--key', '--json')) as {
    accessKeyId: string;
    secretAccessKey: string;
  };
  const theirs = { ...env, AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
  const login = await runCli(['login', '--password'], { env: theirs, cwd: directory });
  assert.equal(login.code, 0, login.stderr);
  const forbidden = await runCli(['user', 'list'], { env: theirs, cwd: directory });
  assert.equal(forbidden.code, 1);
  assert.match(forbidden.stderr, /AccessDenied: User: arn:aws:iam::123456789012:user\/cli-user/);
  assert.match(await ok('user', 'list'), /cli-user +arn:aws:iam::123456789012:user\/cli-user/);
  assert.match(await ok('policy', 'list'), /policy\/login +v1 +1$/m);
  await ok('policy', 'detach', 'login', '--user', 'cli-user');
  await ok('policy', 'attach', 'login', '--user', 'cli-user');
  assert.deepEqual(JSON.parse(await ok('policy', 'show', 'login')), JSON.parse(readFileSync(policy, 'utf8')));
  await ok('user', 'delete', 'cli-user');
  const gone = await runCli(['login', '--password'], { env: theirs, cwd: directory });
  assert.equal(gone.code, 1);
});

test('wrong arguments are a usage error, unknown names fail, and no half of a user is left', async () => {
  assert.equal((await cli('policy', 'attach', 'login')).code, 2);
  assert.equal((await cli('policy', 'put', 'x', file('bad.json', '{'))).code, 2);
  assert.equal((await cli('account', 'create', '--account-id', '12')).code, 2);
  const unknown = await cli('user', 'create', 'half', '--policy', 'no-such-policy');
  assert.equal(unknown.code, 1);
  const iam = iamClient(server);
  assert.equal((await refusal(iam.send(new GetUserCommand({ UserName: 'half' })))).code, 'NoSuchEntity');
  iam.destroy();
});

test('a sixth version of a policy takes the place of the oldest', async () => {
  for (let n = 1; n <= 7; n += 1) {
    const statement = { Effect: 'Allow', Action: `ecr:Action${n}`, Resource: '*' };
    const path = file('v.json', JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
    assert.match(await ok('policy', 'put', 'many', path), new RegExp(`v${n}$`, 'm'));
  }
});

test('an account is made and listed', async () => {
  const made = JSON.parse(await ok('account', 'create', '--account-id', '444444444444', '--json')) as {
    accountId: string;
    accessKeyId: string;
  };
  assert.equal(made.accountId, '444444444444');
  assert.match(made.accessKeyId, /^AKIA/);
  assert.match(await ok('account', 'list'), /^444444444444 /m);
});

test('a file is applied after the difference was shown, and once is enough', async () => {
  cpSync(example, join(directory, 'access.yaml'));
  const dry = await ok('access', 'apply', 'access.yaml', '--dry-run');
  for (const line of [
    '+ identity provider https://token.actions.githubusercontent.com',
    '+ policy team-pull',
    '+ group developers',
    '+ user anna: join developers',
    '+ role ci-push',
    '+ role ci-push: attach arn:aws:iam::aws:policy/SealportPush',
  ])
    assert.ok(dry.includes(`${line}\n`), `${line} is not in:\n${dry}`);
  assert.match(dry, /Nothing was changed\.$/m);
  // Nobody is there to ask.
  assert.equal((await cli('access', 'apply', 'access.yaml')).code, 2);
  await ok('access', 'apply', 'access.yaml', '--yes');
  const again = JSON.parse(await ok('access', 'apply', 'access.yaml', '--json', '--yes')) as {
    changes: object[];
    applied: boolean;
  };
  assert.deepEqual([again.changes, again.applied], [[], false]);
  const iam = iamClient(server);
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'ci-push' }));
  assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /AssumeRoleWithWebIdentity/);
  const keys = await iam.send(new ListAccessKeysCommand({ UserName: 'anna' }));
  assert.deepEqual(keys.AccessKeyMetadata, [], 'keys are no part of the file');
  iam.destroy();
});

test('what was changed in the file or by hand is brought back; the rest stays, unless it is pruned', async () => {
  await ok('access', 'apply', example, '--yes');
  await ok('user', 'create', 'by-hand', '--key');
  await ok('policy', 'detach', 'SealportPush', '--role', 'ci-push');
  const text = readFileSync(example, 'utf8')
    .replace('tags: { team: blue }', 'tags: { team: red }\n    boundary: team-pull')
    .replace('maxSessionSeconds: 3600', 'maxSessionSeconds: 7200')
    .replace('ecr:BatchCheckLayerAvailability', 'ecr:DescribeImages');
  const path = file('changed.yaml', text);
  const shown = await ok('access', 'apply', path, '--dry-run');
  assert.deepEqual(
    shown.split('\n').filter((line) => /^[+~-]/.test(line)),
    [
      '~ policy team-pull: document',
      '~ user anna: boundary arn:aws:iam::123456789012:policy/team-pull',
      '~ user anna: tags team',
      '~ role ci-push: settings',
      '+ role ci-push: attach arn:aws:iam::aws:policy/SealportPush',
    ],
  );
  await ok('access', 'apply', path, '--yes');
  assert.match(await ok('access', 'apply', path), /Everything is as the file says\./);
  const pruned = await ok('access', 'apply', path, '--prune', '--yes');
  assert.match(pruned, /^- user by-hand, with its keys$/m);
  assert.match(await ok('access', 'apply', path, '--prune'), /Everything is as the file says\./);
  const iam = iamClient(server);
  const { Users } = await iam.send(new ListUsersCommand({}));
  assert.deepEqual(
    Users?.map(({ UserName }) => UserName),
    ['anna'],
  );
  iam.destroy();
});

test('a file that is not understood, or is for another account, changes nothing', async () => {
  for (const text of [
    'users: [a]',
    'user: {}',
    'users: { anna: { keys: 1 } }',
    'users: { "a b": {} }',
    'a: &a [*a]',
    'accountId: 12',
    `x: ${'['.repeat(10_000)}`,
  ]) {
    const { code, stderr } = await cli('access', 'apply', file('wrong.yaml', text), '--yes');
    assert.equal(code, 2, `${text.slice(0, 40)}: ${stderr}`);
  }
  const other = await cli('access', 'apply', file('other.yaml', "accountId: '999999999999'"), '--yes');
  assert.equal(other.code, 1);
  assert.match(other.stderr, /is for account 999999999999/);
  assert.equal((await cli('access', 'apply', 'nowhere.yaml')).code, 1);
});

test('those whom trust policies name are made before the policies that name them, in circles too', async () => {
  const trust = (...AWS: string[]) =>
    `{ Version: "2012-10-17", Statement: [{ Effect: Allow, Principal: { AWS: ${JSON.stringify(AWS)} }, Action: sts:AssumeRole }] }`;
  const arn = (resource: string) => `arn:aws:iam::123456789012:${resource}`;
  const text = `
users: { walker: { path: /w/ } }
roles:
  a-first: { trust: ${trust(arn('role/z-last'), arn('user/w/walker'))} }
  itself: { trust: ${trust('arn:aws:sts::123456789012:assumed-role/itself/again')} }
  z-last: { trust: ${trust(arn('role/a-first'))} }
`;
  const path = file('circle.yaml', text);
  const dry = await ok('access', 'apply', path, '--dry-run');
  assert.match(dry, /\+ role z-last\n[^]*~ role a-first: trust policy\n/);
  await ok('access', 'apply', path, '--yes');
  assert.match(await ok('access', 'apply', path), /Everything is as the file says\./);
  const { iam } = server.access;
  const role = await iam.roles.get('123456789012', 'a-first');
  assert.ok(role.trustPolicy.includes(arn('role/z-last')) && role.trustPolicy.includes(arn('user/w/walker')));
  // Made again under its name, the user is another one: the file says that it is meant.
  await iam.users.delete('123456789012', 'walker');
  const again = await ok('access', 'apply', path, '--yes');
  assert.match(again, /\+ user walker\n[^]*~ role a-first: trust policy\n/);
  assert.match(await ok('access', 'apply', path), /Everything is as the file says\./);
});
