// Everything that a server tells of a kept data directory: asked of the server that made it, and of each later version
// that opens it. Only reads, so that it can be asked again.
import assert from 'node:assert/strict';
import { listOf, membersOf, textOf } from '../../../src/cli/client/query.ts';
import type { XmlValue } from '../../../src/cli/client/xml.ts';
import { digestOf } from '../../../src/shared/digest.ts';
import type { Contents } from './contents.ts';
import { type Reach, reach } from './reach.ts';

type Json = Record<string, unknown>;

export interface Observation {
  readonly repositories: Record<string, Json>;
  /** Of each repository by digest: tags, types, sizes; without times of pulls, which reading moves. */
  readonly images: Record<string, readonly Json[]>;
  /** Of each image by its name: status and failure code by profile. */
  readonly statuses: Record<string, Readonly<Record<string, string>>>;
  /** Of each image by its name: what refers to it. */
  readonly referrers: Record<string, readonly Json[]>;
  /** Digests of images that were pulled at some time. */
  readonly pulled: readonly string[];
  readonly signer: Json;
  readonly registry: Json;
  readonly identities: Json;
  /** Outcome of calls by principal and call. */
  readonly decisions: Record<string, string>;
}

async function ask(root: Reach, operation: string, input: object): Promise<Json> {
  const { status, body } = await root.ecr(operation, input);
  assert.equal(status, 200, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(body)}`);
  return body;
}

/** The members that are named; what is missing stays away. */
function only(from: Json, ...members: readonly string[]): Json {
  return Object.fromEntries(
    members.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]),
  );
}

function textIn(from: Json, member: string): string {
  const value = from[member];
  return typeof value === 'string' ? value : '';
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

export async function observe(root: Reach, contents: Contents): Promise<Observation> {
  const described = (await ask(root, 'DescribeRepositories', {}))['repositories'] as Json[];
  const repositories: Record<string, Json> = {};
  const images: Record<string, readonly Json[]> = {};
  const pulled: string[] = [];
  for (const found of described.toSorted(byText)) {
    const repositoryName = String(found['repositoryName']);
    const policy = await root.ecr('GetRepositoryPolicy', { repositoryName });
    const resourceArn = found['repositoryArn'];
    repositories[repositoryName] = {
      ...only(found, 'repositoryArn', 'createdAt', 'imageTagMutability'),
      ...only(found, 'imageTagMutabilityExclusionFilters', 'encryptionConfiguration'),
      tags: (await ask(root, 'ListTagsForResource', { resourceArn }))['tags'],
      policy: policy.status === 200 ? JSON.parse(String(policy.body['policyText'])) : null,
    };
    const details = (await ask(root, 'DescribeImages', { repositoryName }))['imageDetails'] as Json[];
    for (const each of details)
      if (each['lastRecordedPullTime'] !== undefined) pulled.push(String(each['imageDigest']));
    images[repositoryName] = details
      .map((each) => ({
        ...only(each, 'imageDigest', 'imageSizeInBytes', 'imagePushedAt', 'imageManifestMediaType'),
        ...only(each, 'artifactMediaType', 'subjectManifestDigest'),
        tags: ((each['imageTags'] as string[] | undefined) ?? []).toSorted(),
      }))
      .toSorted(byText);
  }
  const statuses: Observation['statuses'] = {};
  const referrers: Observation['referrers'] = {};
  for (const [name, { repository, digest }] of Object.entries(contents.images)) {
    statuses[name] = await statusesOf(root, repository, digest);
    referrers[name] = await referrersOf(root, repository, digest);
  }
  return {
    repositories,
    images,
    statuses,
    referrers,
    pulled: pulled.toSorted(),
    signer: await signerOf(root),
    registry: {
      policy: JSON.parse(String((await ask(root, 'GetRegistryPolicy', {}))['policyText'])),
      signingConfiguration: (await ask(root, 'GetSigningConfiguration', {}))['signingConfiguration'],
    },
    identities: await identitiesOf(root),
    decisions: await decisionsOf(root, contents),
  };
}

/** `COMPLETE`, `IN_PROGRESS` or `FAILED <code>` by the name of the profile. */
export async function statusesOf(
  root: Reach,
  repositoryName: string,
  imageDigest: string,
): Promise<Readonly<Record<string, string>>> {
  const answer = await ask(root, 'DescribeImageSigningStatus', { repositoryName, imageId: { imageDigest } });
  return Object.fromEntries(
    (answer['signingStatuses'] as Json[]).map((each) => [
      String(each['signingProfileArn']).split('/').at(-1),
      `${textIn(each, 'status')} ${textIn(each, 'failureCode')}`.trim(),
    ]),
  );
}

/** Of an image that is there or is not. */
export async function referrersOf(
  root: Reach,
  repositoryName: string,
  digest: string,
): Promise<readonly Json[]> {
  const answer = await fetch(`${root.place.url}/v2/${repositoryName}/referrers/${digest}`, {
    headers: { authorization: await root.login() },
  });
  assert.equal(answer.status, 200);
  const { manifests } = (await answer.json()) as { manifests: Json[] };
  return manifests.map((each) => only(each, 'digest', 'artifactType', 'annotations')).toSorted(byText);
}

async function pagesOf(root: Reach, path: string, member: string): Promise<readonly Json[]> {
  const items: Json[] = [];
  for (let token: string | undefined = ''; token !== undefined; ) {
    const { status, body } = await root.signer(
      'GET',
      token === '' ? path : `${path}${path.includes('?') ? '&' : '?'}nextToken=${encodeURIComponent(token)}`,
    );
    assert.equal(status, 200, JSON.stringify(body));
    items.push(...(body[member] as Json[]));
    token = body['nextToken'] as string | undefined;
  }
  return items.toSorted(byText);
}

async function signerOf(root: Reach): Promise<Json> {
  const profiles = await pagesOf(
    root,
    '/signing-profiles?statuses=Active&statuses=Canceled&statuses=Revoked',
    'profiles',
  );
  const details: Json = {};
  for (const name of new Set(profiles.map(({ profileName }) => String(profileName)))) {
    const { status, body } = await root.signer('GET', `/signing-profiles/${name}`);
    assert.equal(status, 200);
    const permissions = await root.signer('GET', `/signing-profiles/${name}/permissions`);
    details[name] = {
      ...only(body, 'profileVersion', 'status', 'signatureValidityPeriod', 'signingParameters', 'tags'),
      ...only(body, 'revocationRecord'),
      permissions: permissions.status === 200 ? permissions.body['permissions'] : [],
    };
  }
  const jobs = await pagesOf(root, '/signing-jobs', 'jobs');
  const seen = ['jobId', 'createdAt', 'status', 'isRevoked', 'profileName', 'profileVersion'];
  return {
    profiles: profiles.map((each) => only(each, 'profileName', 'profileVersion', 'status')),
    details,
    jobs: jobs.map((each) => only(each, ...seen, 'signatureExpiresAt')),
  };
}

const NAMES = { user: 'UserName', group: 'GroupName', role: 'RoleName' } as const;

async function identitiesOf(root: Reach): Promise<Json> {
  const all: Json = {};
  const list = async (action: string, member: string, input = {}) =>
    listOf((await root.must('iam', action, input))[member]);
  for (const [kind, nameOf] of Object.entries(NAMES)) {
    const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
    for (const found of await list(`List${title}s`, `${title}s`)) {
      const name = textOf(membersOf(found)[nameOf]);
      const of = { [nameOf]: name };
      const inline: Json = {};
      for (const policy of await list(`List${title}Policies`, 'PolicyNames', of)) {
        const input = { ...of, PolicyName: textOf(policy) };
        const { PolicyDocument } = await root.must('iam', `Get${title}Policy`, input);
        inline[textOf(policy)] = documentOf(PolicyDocument);
      }
      const whole = await root.must('iam', `Get${title}`, of);
      const { AssumeRolePolicyDocument, ...told } = membersOf(whole[title] ?? '');
      const { PasswordLastUsed: _, RoleLastUsed: __, ...facts } = told;
      all[`${kind}/${name}`] = {
        ...facts,
        ...(AssumeRolePolicyDocument === undefined ? {} : { trust: documentOf(AssumeRolePolicyDocument) }),
        ...(kind === 'group' ? { members: whole['Users'] } : {}),
        ...(kind === 'user' ? { keys: await list('ListAccessKeys', 'AccessKeyMetadata', of) } : {}),
        inline,
        attached: await list(`ListAttached${title}Policies`, 'AttachedPolicies', of),
      };
    }
  }
  for (const found of await list('ListPolicies', 'Policies', { Scope: 'Local' })) {
    const { Arn, DefaultVersionId, PolicyName } = membersOf(found);
    const version = { PolicyArn: textOf(Arn), VersionId: textOf(DefaultVersionId) };
    const { PolicyVersion } = await root.must('iam', 'GetPolicyVersion', version);
    all[`policy/${textOf(PolicyName)}`] = {
      ...membersOf(found),
      document: documentOf(membersOf(PolicyVersion ?? '')['Document']),
    };
  }
  for (const found of await list('ListOpenIDConnectProviders', 'OpenIDConnectProviderList')) {
    const OpenIDConnectProviderArn = textOf(membersOf(found)['Arn']);
    all[OpenIDConnectProviderArn] = await root.must('iam', 'GetOpenIDConnectProvider', {
      OpenIDConnectProviderArn,
    });
  }
  return all;
}

function documentOf(value: XmlValue | undefined): unknown {
  return JSON.parse(decodeURIComponent(textOf(value)));
}

interface Probe {
  readonly by: string;
  readonly call: string;
  readonly make: (by: Reach) => Promise<string>;
}

function probes(): readonly Probe[] {
  const found: Probe[] = [];
  const outcome = (status: number, body: Json) => {
    const code = (textIn(body, '__type') || textIn(body, 'code')).split('#').at(-1);
    return status === 200 ? 'allowed' : `${status} ${code}`;
  };
  const ecr = (operation: string, input: object, ...who: string[]) => {
    for (const by of who)
      found.push({
        by,
        call: `${operation} ${JSON.stringify(input)}`,
        make: async (on) => {
          const { status, body } = await on.ecr(operation, input);
          return outcome(status, body);
        },
      });
  };
  const form = (
    service: 'iam' | 'sts',
    action: string,
    input: Readonly<Record<string, string>>,
    ...who: string[]
  ) => {
    for (const by of who)
      found.push({
        by,
        call: `${action} ${JSON.stringify(input)}`,
        make: async (on) => {
          const { status, code } = await on.form(service, action, input);
          return status === 200 ? 'allowed' : `${status} ${code}`;
        },
      });
  };
  const everybody = ['porter', 'reader', 'bounded', 'visitor', 'idle', 'session', 'guests'];
  for (const repositoryName of ['team/app', 'team/fixed'])
    ecr('DescribeImages', { repositoryName }, ...everybody);
  ecr('DescribeRepositories', {}, ...everybody);
  ecr('GetSigningConfiguration', {}, ...everybody);
  form('iam', 'GetUser', { UserName: 'reader' }, 'reader', 'porter', 'session');
  form('iam', 'GetUser', { UserName: 'porter' }, 'reader', 'porter', 'session');
  form('sts', 'GetCallerIdentity', {}, ...everybody);
  for (const role of ['ci/deploy', 'orphan', 'anybody'])
    form(
      'sts',
      'AssumeRole',
      { RoleArn: `arn:aws:iam::123456789012:role/${role}`, RoleSessionName: 'probe' },
      'reader',
      'porter',
      'bounded',
      'visitor',
    );
  for (const name of ['release', 'withdrawn', 'retired'])
    found.push({
      by: 'guests',
      call: `GetSigningProfile ${name}`,
      make: async (on) => {
        const { status, body } = await on.signer(
          'GET',
          `/signing-profiles/${name}?profileOwner=123456789012`,
        );
        return outcome(status, body);
      },
    });
  return found;
}

async function decisionsOf(root: Reach, contents: Contents): Promise<Record<string, string>> {
  const decided: Record<string, string> = {};
  for (const { by, call, make } of probes()) {
    const credentials = contents.people[by] ?? assert.fail(`no key of ${by}`);
    decided[`${by}: ${call}`] = await make(reach(root.place, credentials));
  }
  return decided;
}

/** Pulls every image with all that it names; gives how many manifests and blobs had the bytes of their digest. */
export async function pullEverything(root: Reach, { images }: Pick<Observation, 'images'>): Promise<number> {
  const authorization = await root.login();
  let right = 0;
  const get = async (path: string, digest: string): Promise<Buffer> => {
    const answer = await fetch(`${root.place.url}/v2/${path}/${digest}`, {
      headers: { authorization, accept: '*/*' },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(answer.status, 200, `${path}/${digest}: ${bytes.toString('utf8').slice(0, 300)}`);
    assert.equal(digestOf(bytes), digest);
    right += 1;
    return bytes;
  };
  for (const [name, found] of Object.entries(images))
    for (const { imageDigest } of found) {
      const manifest = JSON.parse(
        (await get(`${name}/manifests`, String(imageDigest))).toString('utf8'),
      ) as Json;
      const { config, layers = [] } = manifest as { config?: Json; layers?: Json[] };
      for (const blob of [config, ...layers])
        if (blob !== undefined) await get(`${name}/blobs`, String(blob['digest']));
    }
  return right;
}
