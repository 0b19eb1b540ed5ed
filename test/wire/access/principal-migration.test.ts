// A data directory from before policies held unique ids: names get the ids of those who have them at the start, and a name
// of nobody is nobody for good, and listed.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { pino } from 'pino';
import { SqliteConnection, sqlite } from '../../../src/adapters/metadata/dialects/sqlite.ts';
import { migrate } from '../../../src/adapters/metadata/migrate.ts';
import { migrations } from '../../../src/adapters/metadata/migrations/index.ts';
import { trust } from '../../helpers/access-clients.ts';
import { apiClient } from '../../helpers/api-client.ts';
import { resourcePolicyText } from '../../helpers/principals.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { startServer } from '../../helpers/start-server.ts';

const account = '123456789012';
const other = '210987654321';
const user = (name: string, of = account) => `arn:aws:iam::${of}:user/${name}`;
const role = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const repository = (name: string) => `arn:aws:ecr:us-east-1:${account}:repository/${name}`;

/** A database as the version before wrote it. */
async function formerDatabase(path: string): Promise<void> {
  const names = migrations.map(({ name }) => name);
  const before = migrations.slice(0, names.indexOf('0013-principal-ids'));
  const connection = new SqliteConnection({ path, readOnly: false });
  await migrate(connection.kysely(), sqlite, 1, before);
  connection.close();
  const database = new DatabaseSync(path);
  const account_ = database.prepare('insert into accounts (id, created_at) values (?, 1)');
  for (const id of [account, other]) account_.run(id);
  const identity = database.prepare(`insert into identities
    (id, account_id, kind, name, name_key, path, tags, trust_policy, max_session_seconds, created_at)
    values (?, ?, ?, ?, ?, ?, '{}', ?, ?, 1)`);
  const addUser = (id: string, of: string, name: string, path = '/') =>
    identity.run(id, of, 'user', name, name.toLowerCase(), path, null, null);
  const addRole = (id: string, name: string, document: string) =>
    identity.run(id, account, 'role', name, name, '/', document, 3600);
  addUser('AIDAANNA0000000000000', account, 'Anna', '/people/');
  addUser('AIDAGUEST000000000000', other, 'guest');
  addRole('AROAWORKER00000000000', 'worker', trust(user('people/Anna')));
  addRole(
    'AROATRUSTING000000000',
    'trusting',
    ` ${trust([
      user('people/Anna'),
      user('guest', other),
      user('gone'),
      user('people/anna'),
      account,
      `arn:aws:sts::${account}:assumed-role/worker/one`,
      `arn:aws:sts::${account}:assumed-role/gone/one`,
    ])}\n`,
  );
  const resource = database.prepare(`insert into resource_policies
    (resource_arn, document, revision, updated_at) values (?, ?, 'r', 1)`);
  const listImages = (...AWS: string[]) =>
    resourcePolicyText({ Principal: { AWS }, Action: 'ecr:ListImages' });
  resource.run(repository('mixed'), listImages(user('gone'), role('worker'), user('people/Anna')));
  // More than are looked at together.
  for (let n = 0; n < 450; n += 1) resource.run(repository(`many/${n}`), listImages(user('people/Anna')));
  // What a damaged store may hold keeps nobody from starting.
  resource.run(repository('torn'), '{"Statement":[{"Princ');
  database.close();
}

test('names in stored policies get the ids of those who have them, once', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-principals-'));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  await formerDatabase(join(dataDir, 'metadata.db'));
  const doctor = async () => {
    const { stdout } = await runCli(['doctor', '--json', '--data-dir', dataDir], { env: {}, cwd: dataDir });
    const findings = JSON.parse(stdout) as { check: string; outcome: string; detail: string }[];
    return findings.find(({ check }) => check === 'policies');
  };
  assert.match((await doctor())?.detail ?? '', /older version/);

  const lines: { msg: string; count?: number; first?: object[] }[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const server = await startServer({ dataDir, log });
  t.after(() => server.close());
  const { iam } = server.access;
  const stored = (column: string, from: string) => {
    const database = new DatabaseSync(join(dataDir, 'metadata.db'), { readOnly: true });
    const rows = database.prepare(`select ${column} as document from ${from}`).all();
    database.close();
    return rows.map(({ document }) => String(document));
  };
  assert.deepEqual(stored('trust_policy', "identities where name = 'trusting'"), [
    ` ${trust([
      'AIDAANNA0000000000000',
      'AIDAGUEST000000000000',
      user('gone'),
      user('people/anna'),
      account,
      'AROAWORKER00000000000:one',
      `arn:aws:sts::${account}:assumed-role/gone/one`,
    ])}\n`,
  ]);
  const many = stored('document', "resource_policies where resource_arn like '%many/%'");
  assert.equal(many.filter((document) => document.includes('"AIDAANNA0000000000000"')).length, 450);

  const policyOf = repository('mixed');
  const unbound = [
    { policyOf: role('trusting'), principal: user('gone') },
    { policyOf: role('trusting'), principal: user('people/anna') },
    { policyOf: role('trusting'), principal: `arn:aws:sts::${account}:assumed-role/gone/one` },
    { policyOf, principal: user('gone') },
  ];
  assert.deepEqual(await iam.unboundPrincipals(), unbound);
  const line = lines.find(({ msg }) => msg.includes('are nobody'));
  assert.deepEqual([line?.count, line?.first], [4, unbound]);
  const found = await doctor();
  assert.equal(found?.outcome, 'warning');
  for (const { principal } of unbound) assert.ok(found.detail.includes(principal), principal);

  // Who has the name now has nothing of it; who had it then has what it was given.
  await server.ecr('CreateRepository', { repositoryName: 'mixed' });
  const statuses: number[] = [];
  await iam.users.create({ accountId: account, name: 'gone' });
  for (const name of ['gone', 'Anna']) {
    const { key, secretAccessKey } = await iam.accessKeys.create({ kind: 'user', accountId: account, name });
    const credentials = { accessKeyId: key.id, secretAccessKey };
    const client = apiClient({ url: server.url, region: server.region, credentials });
    statuses.push((await client.ecr('ListImages', { repositoryName: 'mixed' })).status);
  }
  assert.deepEqual(statuses, [400, 200]);

  // Put again, it is bound to the new one and off the list.
  const policyText = resourcePolicyText({ Principal: { AWS: user('gone') }, Action: 'ecr:ListImages' });
  const set = await server.ecr('SetRepositoryPolicy', { repositoryName: 'mixed', policyText });
  assert.equal(set.status, 200);
  await iam.roles.delete(account, 'trusting');
  assert.deepEqual(await iam.unboundPrincipals(), []);
  assert.equal((await doctor())?.outcome, 'ok');
});
