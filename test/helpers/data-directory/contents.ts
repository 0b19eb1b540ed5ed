// What a kept data directory holds: a little of everything that a later version must take over. All of it is made
// through the API of the server that the directory belongs to. Append here what a later version adds; what is kept
// already is not made again.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { membersOf, textOf } from '../../../src/cli/client/query.ts';
import { OCI_INDEX } from '../../../src/shared/media-types.ts';
import { adminClient } from '../admin-client.ts';
import type { ApiAnswer, TestCredentials } from '../api-client.ts';
import { descriptor, manifestOf, type TestImage, type TestManifest } from '../images.ts';
import { readableSignatures, settledStatuses } from '../signing-set-up.ts';
import { attachmentOf, imageOf, indexOf, tagOfDigest } from './images-by-label.ts';
import { allowing, identityDocument, peopleOf, resourceDocument } from './people.ts';
import { type Reach, reach } from './reach.ts';

export interface Contents {
  readonly accountId: string;
  /** Epoch ms: the server's clock when the directory was filled. */
  filledAt: number;
  /** Images by what they are for. */
  readonly images: Record<string, { readonly repository: string; readonly digest: string }>;
  /** Access keys by whose they are; `session` is a role's, `guests` another account's root. */
  readonly people: Record<string, TestCredentials>;
  /** Authorization of a login that was made before the end. */
  login: string;
  /** Path of an upload that is not complete, and how many bytes it has. */
  openUpload: { readonly path: string; readonly bytes: number };
}

export const GUESTS = '210987654321';

export function emptyContents(): Contents {
  return {
    accountId: '123456789012',
    filledAt: 0,
    images: {},
    people: {},
    login: '',
    openUpload: { path: '', bytes: 0 },
  };
}

async function done(answer: Promise<ApiAnswer>): Promise<ApiAnswer['body']> {
  const { status, body } = await answer;
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

const repository = (root: Reach, repositoryName: string, more: object = {}) =>
  done(root.ecr('CreateRepository', { repositoryName, ...more }));

async function profile(root: Reach, name: string, more: object = {}) {
  const put = await done(
    root.signer('PUT', `/signing-profiles/${name}`, { platformId: 'Notation-OCI-SHA384-ECDSA', ...more }),
  );
  return { arn: String(put['arn']), version: String(put['profileVersion']) };
}

/** Pushes by a tag, or by digest alone; remembers the image under `name`. */
async function push(
  by: Reach,
  contents: Contents,
  name: string,
  repositoryName: string,
  tag: string | undefined,
  pushed: TestImage | TestManifest,
): Promise<void> {
  const manifest = 'manifest' in pushed ? pushed.manifest : pushed;
  if ('manifest' in pushed) for (const each of pushed.blobs) await by.pushBlob(repositoryName, each);
  await by.pushManifest(repositoryName, tag ?? manifest.digest, manifest);
  contents.images[name] = { repository: repositoryName, digest: manifest.digest };
}

async function signed(root: Reach, { images }: Contents, ...names: string[]): Promise<void> {
  for (const name of names) {
    const image = images[name];
    assert.ok(image !== undefined, name);
    const statuses = await settledStatuses(root, image.repository, image.digest);
    assert.ok(statuses.length > 0 && statuses.every(({ status }) => status === 'COMPLETE'), name);
  }
}

const rule = (signingProfileArn: string, ...filters: string[]) => ({
  signingProfileArn,
  repositoryFilters: filters.map((filter) => ({ filter, filterType: 'WILDCARD_MATCH' })),
});

/** Days before the rest: an image from before the rules, and one whose signature is valid for a day only. */
export async function fillEarly(root: Reach, contents: Contents): Promise<void> {
  await repository(root, 'plain/app');
  await push(root, contents, 'before the rules', 'plain/app', 'v1', imageOf('plain'));
  const { arn } = await profile(root, 'shortlived', { signatureValidityPeriod: { value: 1, type: 'DAYS' } });
  await repository(root, 'short/app');
  const signingConfiguration = { rules: [rule(arn, 'short/*')] };
  await done(root.ecr('PutSigningConfiguration', { signingConfiguration }));
  await push(root, contents, 'expired', 'short/app', 'v1', imageOf('short'));
  await signed(root, contents, 'expired');
}

/** Everything else that a server closes on. */
export async function fill(root: Reach, contents: Contents): Promise<void> {
  contents.filledAt = root.place.now();
  await profiles(root);
  await people(root, contents);
  await images(root, contents);
  await signatures(root, contents);
  await retiredProfiles(root, contents);
  await policies(root);
  await loginAndUpload(root, contents);
}

async function profiles(root: Reach): Promise<void> {
  const release = await profile(root, 'release', { tags: { team: 'release' } });
  const classic = await profile(root, 'classic', {
    signingParameters: { signingScheme: 'notary.x509', envelope: 'cose' },
  });
  const withdrawn = await profile(root, 'withdrawn');
  const retired = await profile(root, 'retired');
  const { signingConfiguration } = await done(root.ecr('GetSigningConfiguration', {}));
  const { rules } = signingConfiguration as { rules: object[] };
  await done(
    root.ecr('PutSigningConfiguration', {
      signingConfiguration: {
        rules: [
          ...rules,
          rule(release.arn, 'team/*'),
          rule(classic.arn, 'team/app'),
          rule(withdrawn.arn, 'withdrawn/*'),
          rule(retired.arn, 'retired/*'),
        ],
      },
    }),
  );
}

async function people(root: Reach, contents: Contents): Promise<void> {
  const { accountId, people: keys } = contents;
  for (const step of peopleOf(accountId)) await root.must('iam', step.action, step.input);
  for (const user of ['porter', 'reader', 'bounded', 'visitor', 'idle']) {
    const made = await root.must('iam', 'CreateAccessKey', { UserName: user });
    const { AccessKeyId, SecretAccessKey } = membersOf(made['AccessKey'] ?? '');
    keys[user] = { accessKeyId: textOf(AccessKeyId), secretAccessKey: textOf(SecretAccessKey) };
  }
  await root.must('iam', 'UpdateAccessKey', {
    UserName: 'idle',
    AccessKeyId: keys['idle']?.accessKeyId ?? '',
    Status: 'Inactive',
  });
  const account = await adminClient(
    () => ({ url: root.place.url, credentials: root.credentials }),
    root.place.now,
  )('POST', `/admin/accounts?account-id=${GUESTS}`);
  assert.equal(account.status, 201, JSON.stringify(account.body));
  const { accessKeyId, secretAccessKey } = account.body;
  keys['guests'] = { accessKeyId: String(accessKeyId), secretAccessKey: String(secretAccessKey) };
}

async function images(root: Reach, contents: Contents): Promise<void> {
  await repository(root, 'team/app', { tags: [{ Key: 'owner', Value: 'team' }] });
  await repository(root, 'team/fixed', { imageTagMutability: 'IMMUTABLE' });
  await repository(root, 'team/loose', {
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'dev-*' }],
  });
  const app = imageOf('app', 900, 70_000);
  await push(root, contents, 'app', 'team/app', '1.0', app);
  await root.pushManifest('team/app', 'latest', app.manifest);
  await push(root, contents, 'untagged', 'team/app', undefined, imageOf('untagged', 500));
  const [amd, arm] = [imageOf('amd', 600), imageOf('arm', 600)];
  await push(root, contents, 'child amd64', 'team/app', undefined, amd);
  await push(root, contents, 'child arm64', 'team/app', undefined, arm);
  await push(root, contents, 'index', 'team/app', 'multi', indexOf(amd.manifest, arm.manifest));
  for (const [name, type] of [
    ['SBOM', 'application/spdx+json'],
    ['provenance', 'application/vnd.in-toto+json'],
  ] as const)
    await push(root, contents, name, 'team/app', undefined, attachmentOf(app.manifest, type, name));

  await push(root, contents, 'fixed', 'team/fixed', 'v1', imageOf('fixed', 400));
  const part = imageOf('part', 300);
  await push(root, contents, 'child of the own-digest index', 'team/fixed', undefined, part);
  const own = indexOf(part.manifest);
  await push(root, contents, 'own-digest index', 'team/fixed', tagOfDigest(own.digest), own);
  await push(root, contents, 'loose', 'team/loose', 'dev-1', imageOf('loose', 300));

  // What clients without the referrers API leave.
  await repository(root, 'team/listed');
  const listed = imageOf('listed', 300);
  await push(root, contents, 'listed', 'team/listed', 'v1', listed);
  const attached = attachmentOf(listed.manifest, 'application/spdx+json', 'listed');
  await push(root, contents, 'listed attachment', 'team/listed', undefined, attached);
  const entries = [{ ...descriptor(attached.manifest), artifactType: 'application/spdx+json' }];
  const list = manifestOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }, OCI_INDEX);
  await push(root, contents, 'fallback list', 'team/listed', tagOfDigest(listed.manifest.digest), list);

  await repository(root, 'gone/app');
  const { images: gone, ...rest } = contents;
  await push(root, { images: { ...gone }, ...rest }, 'gone', 'gone/app', 'v1', imageOf('gone', 200));
  await done(root.ecr('DeleteRepository', { repositoryName: 'gone/app', force: true }));
  await signed(root, contents, 'app', 'untagged', 'child amd64', 'child arm64', 'index', 'fixed', 'loose');
}

interface JobOfList {
  readonly jobId: string;
}

/** The job of an image's signature under a profile: the newest one, when the image was pushed just now. */
async function newestJob(root: Reach, profileName: string): Promise<string> {
  const { jobs } = await done(root.signer('GET', '/signing-jobs?maxResults=20'));
  const newest = (jobs as (JobOfList & { profileName: string })[]).find(
    (job) => job.profileName === profileName,
  );
  return newest?.jobId ?? assert.fail(`no job of ${profileName}`);
}

const revoke = async (root: Reach, profileName: string) =>
  done(
    root.signer('PUT', `/signing-jobs/${await newestJob(root, profileName)}/revoke`, { reason: 'a mistake' }),
  );

async function removeSignatures(root: Reach, contents: Contents, name: string): Promise<void> {
  const { repository: repositoryName = '', digest = '' } = contents.images[name] ?? {};
  const found = await readableSignatures(root, root.place.url, repositoryName, digest);
  assert.equal(found.length, 1);
  const imageIds = found.map((imageDigest) => ({ imageDigest }));
  const { failures } = await done(root.ecr('BatchDeleteImage', { repositoryName, imageIds }));
  assert.deepEqual(failures, []);
}

/** Signatures that were revoked, removed, or left behind by their image. */
async function signatures(root: Reach, contents: Contents): Promise<void> {
  const repositoryName = 'team/judged';
  await repository(root, repositoryName);
  for (const name of ['revoked', 'revoked and removed', 'unsigned by a clean-up']) {
    await push(root, contents, name, repositoryName, name.replaceAll(' ', '-'), imageOf(name, 300));
    await signed(root, contents, name);
    if (name.startsWith('revoked')) await revoke(root, 'release');
  }
  await removeSignatures(root, contents, 'revoked and removed');
  await removeSignatures(root, contents, 'unsigned by a clean-up');

  await repository(root, 'team/emptied');
  const { images: kept, ...rest } = contents;
  const left = { images: { ...kept }, ...rest };
  await push(root, left, 'left', 'team/emptied', 'v1', imageOf('left', 300));
  await signed(root, left, 'left');
  const imageIds = [{ imageDigest: left.images['left']?.digest }];
  await done(root.ecr('BatchDeleteImage', { repositoryName: 'team/emptied', imageIds }));

  await repository(root, 'team/denied');
  const porter = reach(root.place, contents.people['porter'] ?? assert.fail());
  await push(porter, contents, 'denied', 'team/denied', 'v1', imageOf('denied', 300));
}

/** A profile version revoked between two signatures, one that was cancelled, and its successor. */
async function retiredProfiles(root: Reach, contents: Contents): Promise<void> {
  await repository(root, 'withdrawn/app');
  await push(root, contents, 'before the revocation', 'withdrawn/app', 'v1', imageOf('withdrawn 1', 300));
  await signed(root, contents, 'before the revocation');
  await sleep(1100);
  const effectiveTime = Math.floor(root.place.now() / 1000);
  await push(root, contents, 'after the revocation', 'withdrawn/app', 'v2', imageOf('withdrawn 2', 300));
  await signed(root, contents, 'after the revocation');
  const { profileVersion } = await done(root.signer('GET', '/signing-profiles/withdrawn'));
  await done(
    root.signer('PUT', '/signing-profiles/withdrawn/revoke', {
      profileVersion,
      reason: 'a lost laptop',
      effectiveTime,
    }),
  );

  const permission = { action: 'signer:GetSigningProfile', principal: GUESTS };
  await done(
    root.signer('POST', '/signing-profiles/retired/permissions', { ...permission, statementId: 'old' }),
  );
  await done(
    root.signer('POST', '/signing-profiles/release/permissions', { ...permission, statementId: 'look' }),
  );
  await repository(root, 'retired/app');
  await push(root, contents, 'by the cancelled profile', 'retired/app', 'v1', imageOf('retired 1', 300));
  await signed(root, contents, 'by the cancelled profile');
  await done(root.signer('DELETE', '/signing-profiles/retired'));
  await profile(root, 'retired');
  await push(root, contents, 'by its successor', 'retired/app', 'v2', imageOf('retired 2', 300));
  await signed(root, contents, 'by its successor');
}

/** Policies of resources: they name who is there and who was deleted. */
async function policies(root: Reach): Promise<void> {
  const arn = (name: string) => `arn:aws:iam::123456789012:user/${name}`;
  const both = (name: string) => ({ AWS: [arn(name), arn('gone')] });
  await done(
    root.ecr('SetRepositoryPolicy', {
      repositoryName: 'team/app',
      policyText: resourceDocument({
        Sid: 'look',
        Principal: both('visitor'),
        Action: ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      }),
    }),
  );
  await done(
    root.ecr('SetRepositoryPolicy', {
      repositoryName: 'team/fixed',
      policyText: resourceDocument({
        Effect: 'Deny',
        Principal: { AWS: arn('reader') },
        Action: 'ecr:DescribeImages',
      }),
    }),
  );
  await done(
    root.ecr('PutRegistryPolicy', {
      policyText: resourceDocument({
        Principal: both('visitor'),
        Action: 'ecr:DescribeRepositories',
        Resource: '*',
      }),
    }),
  );
  // Whom the policies name with the others goes last: then they name nobody.
  await root.must('iam', 'PutUserPolicy', {
    UserName: 'visitor',
    PolicyName: 'login',
    PolicyDocument: identityDocument(allowing('ecr:GetAuthorizationToken')),
  });
  await root.must('iam', 'DeleteUser', { UserName: 'gone' });
}

async function loginAndUpload(root: Reach, contents: Contents): Promise<void> {
  const { people: keys } = contents;
  const reader = reach(root.place, keys['reader'] ?? assert.fail());
  const assumed = await reader.must('sts', 'AssumeRole', {
    RoleArn: 'arn:aws:iam::123456789012:role/ci/deploy',
    RoleSessionName: 'before',
    DurationSeconds: '7200',
  });
  const { AccessKeyId, SecretAccessKey, SessionToken } = membersOf(assumed['Credentials'] ?? '');
  keys['session'] = {
    accessKeyId: textOf(AccessKeyId),
    secretAccessKey: textOf(SecretAccessKey),
    sessionToken: textOf(SessionToken),
  };
  contents.login = await reader.login();
  const authorization = await root.login();
  const begun = await fetch(`${root.place.url}/v2/team/app/blobs/uploads/`, {
    method: 'POST',
    headers: { authorization },
  });
  assert.equal(begun.status, 202);
  const at = new URL(begun.headers.get('location') ?? '', root.place.url);
  const body = Buffer.alloc(1000, 'half a layer ');
  const part = await fetch(at, { method: 'PATCH', headers: { authorization }, body });
  assert.equal(part.status, 202, await part.text());
  contents.openUpload = { path: at.pathname + at.search, bytes: body.length };
}

/** What the server that is killed was told last: some of it only in the write-ahead log, some not signed yet. */
export async function fillLast(root: Reach, contents: Contents): Promise<void> {
  await repository(root, 'team/last');
  for (let at = 0; at < 4; at += 1) {
    const last = imageOf(`last ${at}`, 300);
    await push(root, contents, `last ${at}`, 'team/last', `v${at}`, last);
  }
  await root.must('iam', 'CreateUser', { UserName: 'last' });
}
