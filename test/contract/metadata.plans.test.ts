import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Identity } from '../../src/domain/access/index.ts';
import {
  digest,
  insertImage,
  insertRepository,
  newImage,
  newJob,
  newProfile,
  newUpload,
  type Opened,
  openTemporary,
  registry,
} from './metadata-fixture.ts';
import { noteCalls, widePlans } from './write-plans.ts';

const identity = (kind: 'user' | 'group' | 'role', id: string): Identity => ({
  id,
  accountId: registry.accountId,
  name: id,
  path: '/',
  createdAt: 1,
  ...(kind === 'group'
    ? { kind }
    : kind === 'user'
      ? { kind, tags: {} }
      : { kind, tags: {}, trustPolicy: '{}', maxSessionSeconds: 3600 }),
});

/** The same of the access area's stores. */
async function callAccess(metadata: Opened): Promise<void> {
  const { storage, accounts, identities, memberships, accessKeys, inlinePolicies } = metadata;
  const { managedPolicies, policyVersions, attachments, oidcProviders, sessions } = metadata;
  const { reader } = storage;
  const { accountId } = registry;
  const user = identity('user', 'u');
  const policy = {
    id: 'p',
    accountId,
    name: 'p',
    path: '/',
    defaultVersion: 1,
    nextVersion: 2,
    tags: {},
    createdAt: 1,
    updatedAt: 1,
  };
  const secret = { accountId, ownerId: 'u', sealedSecret: new Uint8Array(1) };
  await storage.write(async (tx) => {
    await accounts.insert(tx, { id: accountId, createdAt: 1 });
    await identities.insert(tx, user);
    await identities.insert(tx, identity('group', 'g'));
    await identities.insert(tx, identity('role', 'r'));
    await identities.update(tx, user);
    await memberships.add(tx, 'g', 'u');
    await accessKeys.insert(tx, { ...secret, id: 'k', status: 'Active', createdAt: 1 });
    await accessKeys.setStatus(tx, 'k', 'Inactive');
    await accessKeys.touch(tx, 'k', { at: 1, service: 'ecr', region: 'us-east-1' });
    await inlinePolicies.put(tx, 'u', { name: 'i', document: '{}' });
    await managedPolicies.insert(tx, policy);
    await managedPolicies.update(tx, policy);
    await policyVersions.insert(tx, 'p', { number: 1, document: '{}', createdAt: 1 });
    await attachments.add(tx, user, 'p');
    const provider = { accountId, name: 'o', issuer: 'https://o', clientIds: [], thumbprints: [] };
    await oidcProviders.insert(tx, { ...provider, tags: {}, createdAt: 1 });
    const facts = {
      sessionName: 's',
      tags: {},
      transitiveTagKeys: [],
      policies: [],
      policyIds: [],
      context: {},
    };
    await sessions.insert(tx, { ...secret, id: 's', facts, issuedAt: 1, expiresAt: 2, requester: 'r' });
  });
  await accounts.find(reader, accountId);
  await accounts.list(reader, { limit: 1 });
  await identities.find(reader, accountId, 'user', 'u');
  await identities.findById(reader, 'u');
  await identities.list(reader, accountId, 'user', { pathPrefix: '/a/', after: 'a', limit: 1 });
  await identities.count(reader, accountId, 'user');
  await memberships.groupsOf(reader, 'u');
  await memberships.usersOf(reader, 'g', { limit: 1 });
  await accessKeys.find(reader, 'k');
  await accessKeys.ofOwner(reader, 'u');
  await inlinePolicies.list(reader, 'u');
  await managedPolicies.find(reader, accountId, 'p');
  await managedPolicies.findById(reader, 'p');
  await managedPolicies.list(reader, accountId, { limit: 1 });
  await managedPolicies.count(reader, accountId);
  await policyVersions.find(reader, 'p', 1);
  await policyVersions.list(reader, 'p');
  await attachments.ofIdentity(reader, 'u');
  await attachments.usage(reader, accountId, 'p');
  await oidcProviders.find(reader, accountId, 'o');
  await oidcProviders.list(reader, accountId);
  await sessions.find(reader, 's');
  await sessions.countAlive(reader, accountId, 1);
  await sessions.countOfRequester(reader, accountId, 'r', 1);
  await storage.write(async (tx) => {
    await sessions.deleteExpired(tx, 5, 10);
    await oidcProviders.delete(tx, accountId, 'o');
    await attachments.remove(tx, 'u', 'p');
    await policyVersions.delete(tx, 'p', 1);
    await managedPolicies.delete(tx, 'p');
    await inlinePolicies.delete(tx, 'u', 'i');
    await accessKeys.delete(tx, 'k');
    await memberships.remove(tx, 'g', 'u');
    await identities.delete(tx, 'u');
  });
}

/** Calls every query of every store once, in all of its forms. */
async function callEverything(metadata: Opened): Promise<void> {
  await callAccess(metadata);
  const { storage, repositories, images, imageLists, tags, layers, uploads } = metadata;
  const { reader } = storage;
  const repository = await insertRepository(metadata);
  const { id } = repository;
  const image = newImage(id, 1);
  await insertImage(metadata, image, { tags: ['a'], references: [{ kind: 'layer', digest: digest(3) }] });
  await storage.write(async (tx) => {
    await repositories.update(tx, repository);
    await images.touchPulled(tx, id, digest(1), 1);
    await tags.put(tx, id, 'a', digest(1), 1);
    await tags.delete(tx, id, 'a');
    await layers.put(tx, id, { digest: digest(3), sizeBytes: 1 }, 1);
    await uploads.insert(tx, newUpload(id, 'u'));
    await uploads.update(tx, newUpload(id, 'u'));
    await uploads.delete(tx, 'u');
    await metadata.resourceTags.put(tx, 'arn', { a: 'b' });
    await metadata.resourceTags.delete(tx, 'arn', ['a']);
    await metadata.resourceTags.delete(tx, 'arn', 'all');
    await metadata.resourcePolicies.put(tx, 'arn', { document: '{}', revision: 'r', updatedAt: 1 });
    await metadata.resourcePolicies.delete(tx, 'arn');
    await metadata.signingConfigurations.put(tx, registry, { rules: [] }, 1);
    await metadata.signingConfigurations.delete(tx, registry);
    await metadata.signingProfiles.insert(tx, newProfile('p', 'v'));
    await metadata.signingProfiles.update(tx, newProfile('p', 'v'));
    await metadata.signingProfiles.canceledBefore(tx, 1, 1);
    await metadata.signingProfiles.delete(tx, newProfile('q', 'v'));
    await metadata.signingProfiles.revoke(tx, newProfile('p', 'v'), {
      revokedAt: 1,
      revokedBy: 'a',
      reason: 'r',
      effectiveFrom: 1,
    });
    await metadata.signingJobs.revoke(tx, newJob(1), { revokedAt: 1, revokedBy: 'a', reason: 'r' });
    await metadata.signingJobs.setFault(tx, newJob(1).id, 'manifest', 'missing');
    await metadata.signingJobs.setFault(tx, newJob(1).id, 'envelope', undefined);
    await metadata.images.count(tx, 1);
    await metadata.signingJobs.insert(tx, newJob(1));
    await metadata.signingJobs.update(tx, newJob(1));
    const status = { repositoryId: id, digest: digest(1), profileArn: 'a', profileVersion: 'v' } as const;
    await metadata.imageSigningStatuses.put(tx, {
      ...status,
      jobId: 'j',
      state: { status: 'COMPLETE' },
      updatedAt: 1,
    });
    const key = new Uint8Array(1);
    await metadata.authorities.insert(tx, {
      scope: 's',
      accountId: 'a',
      certificateDer: key,
      keyId: 'k',
      keyKind: 'k',
      keySealed: key,
      keyPublic: key,
      createdAt: 1,
    });
    await metadata.clockMarks.put(tx, 1);
    await layers.renew(tx, id, digest(3), 1);
    await metadata.damagedBlobs.record(tx, { digest: digest(3), fault: 'missing', foundAt: 1 });
    await metadata.damagedBlobs.clear(tx, digest(3));
    await metadata.garbage.dropInline(tx, digest(3));
    const stored = { repositoryId: id, digest: digest(1) };
    await metadata.storedManifests.setFault(tx, stored, 'missing');
    await metadata.storedManifests.rewrite(tx, stored, key);
    await metadata.verifiedFiles.record(tx, digest(3), 'i');
    await metadata.upkeepPositions.put(tx, 'scrub', { position: '', roundBeganAt: 1 });
    await metadata.auditMarks.put(tx, '{}');
    await metadata.tasks.add(tx, 'kind', 'key', 'owner', 1);
    await metadata.tasks.reschedule(tx, 'kind', 'key', 2, 1);
    await metadata.tasks.remove(tx, 'kind', 'key', 1);
    await metadata.tasks.remove(tx, 'kind', 'key', undefined);
  });
  await metadata.resourcePolicies.find(reader, 'arn');
  await metadata.unboundPrincipals.list(reader, { limit: 1 });
  await repositories.find(reader, registry, 'app');
  await repositories.findById(reader, id);
  await repositories.list(reader, registry, { limit: 1 });
  await images.countReferrers(reader, id, digest(1));
  await images.some(reader, id, 1);
  await images.referrersBefore(reader, id, digest(1), { pushedBefore: 1, limit: 1 });
  const deletedSubject = { repositoryId: id, digest: digest(1), deletedAt: 1 };
  await storage.write(async (tx) => {
    await metadata.deletedSubjects.note(tx, deletedSubject, 1);
    await metadata.deletedSubjects.postpone(tx, deletedSubject, 1);
    await metadata.deletedSubjects.remove(tx, deletedSubject);
  });
  await metadata.deletedSubjects.due(reader, 1);
  await metadata.deletedSubjects.find(reader, id, digest(1));
  await metadata.deletedSubjects.ofRepository(reader, id, 1);
  await images.find(reader, id, digest(1));
  await images.manifestBytes(reader, id, digest(1));
  await images.parents(reader, id, digest(1), 1);
  await images.managedSignatures(reader, id, digest(1));
  await images.references(reader, id, digest(1));
  for (const size of [1, 2, 5, 100]) {
    const digests = Array.from({ length: size }, (_, n) => digest(n));
    await images.missing(reader, id, digests);
    await layers.missing(reader, id, digests);
  }
  for (const tagStatus of ['ANY', 'TAGGED', 'UNTAGGED'] as const) {
    await imageLists.describe(reader, id, { tagStatus, limit: 1 });
    await imageLists.entries(reader, id, { tagStatus, after: { digest: digest(1), tag: 'a' }, limit: 1 });
  }
  await imageLists.referrers(reader, id, digest(1), { limit: 1 });
  await imageLists.referrers(reader, id, digest(1), { after: digest(2), limit: 1 });
  await imageLists.referrers(reader, id, digest(1), { artifactTypes: ['a', 'b'], limit: 1 });
  await tags.find(reader, id, 'a');
  await tags.ofImage(reader, id, digest(1));
  await tags.list(reader, id, { limit: 1 });
  await layers.find(reader, id, digest(3));
  await layers.findHolder(reader, registry, digest(3));
  await layers.isReferenced(reader, id, digest(3));
  await layers.findDamaged(reader, id, digest(3));
  await layers.heldSince(reader, id, digest(3));
  await metadata.repositoryRemains.next(reader);
  await metadata.garbage.links(reader, { before: 1, limit: 1 });
  await metadata.garbage.blobs(reader, { before: 1, limit: 1 });
  await metadata.garbage.stored(reader, { limit: 1 });
  await metadata.clockMarks.find(reader);
  await metadata.garbage.inlineBytes(reader, digest(3));
  await metadata.storedManifests.page(reader, { limit: 1 });
  await metadata.storedReferences.page(reader, { limit: 1 });
  await metadata.storedReferences.parents(reader, id, digest(3), 1);
  await metadata.storedManifests.damaged(reader, 1);
  await metadata.storedManifests.countDamaged(reader);
  await metadata.damagedBlobs.has(reader, digest(3));
  await metadata.verifiedFiles.find(reader, digest(3));
  await metadata.garbage.isStored(reader, digest(3));
  await metadata.damagedBlobs.list(reader, 1);
  await metadata.damagedBlobs.count(reader);
  await metadata.upkeepPositions.find(reader, 'scrub');
  await metadata.auditMarks.find(reader);
  await uploads.find(reader, 'u');
  await uploads.expired(reader, 1, 1);
  await uploads.count(reader, registry);
  await uploads.countOfRepository(reader, 1);
  await uploads.countOfPrincipal(reader, registry, 'p', 1);
  for (const scope of [{}, { principalId: 'p' }, { repositoryId: 1 }, { principalId: 'p', repositoryId: 1 }])
    await uploads.untouched(reader, { registry, ...scope }, 1, 1);
  await uploads.list(reader, {}, { after: '', limit: 1 });
  await metadata.resourceTags.list(reader, 'arn');
  await metadata.signingConfigurations.find(reader, registry);
  await metadata.signingProfiles.find(reader, registry, 'p');
  await metadata.signingProfiles.findVersion(reader, registry, 'p', 'v');
  for (const platformId of [undefined, 'x'])
    await metadata.signingProfiles.list(reader, registry, { statuses: ['Active'], platformId, limit: 1 });
  await metadata.signingJobs.find(reader, registry, 'j');
  await metadata.signingJobs.findById(reader, 'j');
  const age = { completedBefore: 1, expiredBefore: 1 };
  await metadata.oldSigningJobs.page(reader, { ...age, after: '', limit: 1 });
  await storage.write((tx) => metadata.oldSigningJobs.remove(tx, 'j', age));
  await metadata.signingJobs.ofEnvelope(reader, digest(3));
  for (const status of ['Failed', 'InProgress'] as const)
    await metadata.signingJobs.list(reader, registry, { status, limit: 1 });
  await metadata.imageSigningStatuses.list(reader, id, digest(1));
  await metadata.imageSigningStatuses.page(reader, { limit: 1 });
  await metadata.authorities.find(reader, 'a', 's');
  for (const records of [metadata.sealed.accessKeys, metadata.sealed.sessions]) {
    await records.list(reader, { limit: 1 });
    const record = { key: 'k', identity: 'k', sealed: new Uint8Array(1) };
    await storage.write(async (tx) => void (await records.replace(tx, record, new Uint8Array(1))));
  }
  await metadata.sealed.authorities.list(reader, { limit: 1 });
  await storage.write(async (tx) => {
    const record = { key: { accountId: 'a', scope: 's' }, identity: 'k', sealed: new Uint8Array(1) };
    await metadata.sealed.authorities.replace(tx, record, new Uint8Array(1));
  });
  await metadata.tasks.due(reader, 'kind', 'owner', 1, 1);
  await metadata.tasks.nextOwner(reader, 'kind', undefined);
  await metadata.tasks.nextOwner(reader, 'kind', 'owner');
  await metadata.tasks.nextRunAt(reader, 'kind', 1);
  await storage.write(async (tx) => {
    await metadata.tasks.add(tx, 'kind', 'key', 'owner', 1);
    await metadata.tasks.makeDue(tx, 1);
  });
  await metadata.tasks.counts(reader);
  await storage.write(async (tx) => {
    await metadata.garbage.unlinkUnused(tx, { repositoryId: id, digest: digest(3) }, 1);
    await metadata.garbage.deleteUnheld(tx, digest(3));
    await layers.unlink(tx, id, digest(3));
    await images.delete(tx, id, digest(1), 1);
    await repositories.delete(tx, repository, 1);
    while ((await metadata.repositoryRemains.removeSome(tx, repository.id)) === 'more');
  });
}

function isQuery(sql: string): boolean {
  return /^(?:select|insert|update|delete)/i.test(sql);
}

test('no query walks a whole table or sorts what it found', async (t) => {
  const metadata = await openTemporary(t);
  await callEverything(metadata);
  const queries = [...metadata.statements].filter(isQuery);
  assert.ok(queries.length > 105, `only ${queries.length} queries were seen`);
  const database = new DatabaseSync(metadata.path, { readOnly: true });
  t.after(() => database.close());
  const bad: string[] = [];
  for (const sql of queries) {
    for (const row of database.prepare(`explain query plan ${sql}`).all()) {
      const step = String(row['detail']);
      // A page is cut already, and walked in order.
      if (step === 'SCAN page') continue;
      if (/\bSCAN\b|TEMP B-TREE|AUTOMATIC/.test(step)) bad.push(`${step}: ${sql}`);
    }
  }
  assert.deepEqual(bad, []);
});

test('lists over images use the index of their tag status', async (t) => {
  const metadata = await openTemporary(t);
  await callEverything(metadata);
  const database = new DatabaseSync(metadata.path, { readOnly: true });
  t.after(() => database.close());
  const planOf = (fragments: readonly string[]): string => {
    const sql = [...metadata.statements].find((text) =>
      fragments.every((fragment) => text.includes(fragment)),
    );
    assert.ok(sql, `no query with ${fragments.join(' and ')}`);
    const steps = database.prepare(`explain query plan ${sql}`).all();
    return steps.map((row) => String(row['detail'])).join('\n');
  };
  const tagged = /images_tagged \(repository_id=\? AND is_tagged=\? AND digest>\?\)/;
  assert.match(planOf(['"is_tagged" = ?', 'inner join "images"']), tagged);
  // Not the table, whose rows hold annotations.
  assert.match(
    planOf(['"is_tagged" in (?, ?)', `"digest" in (${'?, '.repeat(100)}`]),
    /COVERING INDEX images_tagged .*digest=\?/,
  );
  assert.match(planOf(['"is_tagged" = ?', 'null as "tag"']), tagged);
  assert.match(planOf(['"artifact_type" = ?', '"subject_digest" = ?']), /images_subject_type/);
  assert.match(planOf(['"signing_job_id" is not null']), /COVERING INDEX images_managed/);
  assert.match(planOf(['"status" = \'Failed\'']), /signing_jobs_failed/);
});

test('the foreign keys that cascade have an index on their child side', async (t) => {
  const { path } = await openTemporary(t);
  const database = new DatabaseSync(path, { readOnly: true });
  t.after(() => database.close());
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  let checked = 0;
  for (const { name } of tables) {
    const keys = new Map<unknown, string[]>();
    for (const key of database.prepare(`select * from pragma_foreign_key_list('${String(name)}')`).all())
      keys.set(key['id'], [...(keys.get(key['id']) ?? []), String(key['from'])]);
    for (const columns of keys.values()) {
      const where = columns.map((column) => `${column} = ?`).join(' and ');
      const [step] = database.prepare(`explain query plan delete from ${String(name)} where ${where}`).all();
      const expected = new RegExp(columns.map((column) => `${column}=\\?`).join(' AND '));
      assert.match(String(step?.['detail']), expected, `${String(name)} (${columns.join(', ')})`);
      checked += 1;
    }
  }
  assert.ok(checked >= 14);
});

test('every DELETE and UPDATE reads the rows of one key, and so do its cascades', async (t) => {
  const opened = await openTemporary(t);
  const { noted, uncalled } = noteCalls(opened);
  await callEverything(noted);
  assert.deepEqual(
    uncalled().filter((name) => name !== 'check' && name !== 'close'),
    [],
  );
  const changes = [...opened.statements].filter((sql) => /^(?:update|delete)/i.test(sql));
  assert.ok(changes.length > 40, `only ${changes.length} statements were seen`);
  const wide = await opened.storage.write((tx) => widePlans(tx, changes));
  assert.deepEqual(wide.map(({ step, sql }) => `${sql.split(' ', 3).join(' ')}: ${step}`).sort(), [
    // Whether one image names the layer: the first entry of an index decides.
    'delete from "repository_blobs": SEARCH image_references USING COVERING INDEX image_references_child (repository_id=? AND child_digest=? AND kind=?)',
    // All that it reads it deletes.
    'delete from "resource_tags": SEARCH resource_tags USING PRIMARY KEY (resource_arn=?)',
    // The same, at a start alone.
    'update "tasks" set: SEARCH tasks USING INDEX tasks_due (kind=? AND run_at>?)',
  ]);
});
