// Who may do what: every operation of the AWS APIs and every route of the distribution API, asked for by nobody, by
// another account, by a reader, by a pusher and by an administrator. The tables name each one: an operation, a route or
// a method without an entry fails here.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { OperationModel, ServiceModel } from '../src/http/aws/model.ts';
import { model as ecrModel } from '../src/http/ecr/generated/model.ts';
import { operations as ecrOperations } from '../src/http/ecr/operations/index.ts';
import { model as iamModel } from '../src/http/iam/generated/model.ts';
import { operations as iamOperations } from '../src/http/iam/operations/index.ts';
import { operationsOf } from '../src/http/oci/operations.ts';
import type { Route } from '../src/http/oci/routes.ts';
import type { SurfaceName } from '../src/http/pick-surface.ts';
import { model as signerModel } from '../src/http/signer/generated/model.ts';
import { operations as signerOperations } from '../src/http/signer/operations/index.ts';
import { model as stsModel } from '../src/http/sts/generated/model.ts';
import { operations as stsOperations } from '../src/http/sts/operations/index.ts';
import {
  ecrHeaders,
  formHeaders,
  makeRawClient,
  type RawAnswer,
  type RawRequest,
} from './helpers/aws-request.ts';
import { formBody, type Json, restRequest, validInput } from './helpers/model-inputs.ts';
import { makeAccount, makeUser } from './helpers/principals.ts';
import { startServer, type TestServer } from './helpers/start-server.ts';

/** The least of the three who may; each may what those before it may. */
type Level =
  | 'reader'
  | 'pusher'
  | 'administrator'
  /** Whoever has good credentials, policies or not. */
  | 'anyone'
  /** Called without a signature. */
  | 'open'
  | 'not offered';
const ranks = ['reader', 'pusher', 'administrator'] as const;

const readActions = `ecr:GetAuthorizationToken ecr:BatchCheckLayerAvailability ecr:BatchGetImage
  ecr:GetDownloadUrlForLayer ecr:Describe* ecr:List* ecr:GetRepositoryPolicy signer:Get* signer:List*
  signer:DescribeSigningJob iam:Get* iam:List* iam:SimulatePrincipalPolicy`.split(/\s+/);
const pushActions = `ecr:InitiateLayerUpload ecr:UploadLayerPart ecr:CompleteLayerUpload ecr:PutImage
  signer:SignPayload signer:StartSigningJob`.split(/\s+/);

type Table = Partial<Record<Level, string>>;

const ecrTable: Table = {
  reader: `BatchCheckLayerAvailability BatchGetImage DescribeImageSigningStatus DescribeImages DescribeRegistry
    DescribeRepositories GetAuthorizationToken GetDownloadUrlForLayer GetRepositoryPolicy ListImageReferrers ListImages
    ListTagsForResource`,
  pusher: 'CompleteLayerUpload InitiateLayerUpload PutImage UploadLayerPart',
  administrator: `BatchDeleteImage CreateRepository DeleteRegistryPolicy DeleteRepository DeleteRepositoryPolicy
    DeleteSigningConfiguration GetRegistryPolicy GetSigningConfiguration PutImageTagMutability PutRegistryPolicy
    PutSigningConfiguration SetRepositoryPolicy TagResource UntagResource`,
  'not offered': `BatchGetRepositoryScanningConfiguration CreatePullThroughCacheRule CreateRepositoryCreationTemplate
    DeleteLifecyclePolicy DeletePullThroughCacheRule DeleteRepositoryCreationTemplate DeregisterPullTimeUpdateExclusion
    DescribeImageReplicationStatus DescribeImageScanFindings DescribePullThroughCacheRules
    DescribeRepositoryCreationTemplates GetAccountSetting GetLifecyclePolicy GetLifecyclePolicyPreview
    GetRegistryScanningConfiguration ListPullTimeUpdateExclusions PutAccountSetting PutImageScanningConfiguration
    PutLifecyclePolicy PutRegistryScanningConfiguration PutReplicationConfiguration RegisterPullTimeUpdateExclusion
    StartImageScan StartLifecyclePolicyPreview UpdateImageStorageClass UpdatePullThroughCacheRule
    UpdateRepositoryCreationTemplate ValidatePullThroughCacheRule`,
};

const signerTable: Table = {
  reader: `DescribeSigningJob GetRevocationStatus GetSigningPlatform GetSigningProfile ListProfilePermissions ListSigningJobs
    ListSigningPlatforms ListSigningProfiles ListTagsForResource`,
  pusher: 'SignPayload StartSigningJob',
  administrator: `AddProfilePermission CancelSigningProfile PutSigningProfile RemoveProfilePermission
    RevokeSignature RevokeSigningProfile TagResource UntagResource`,
  'not offered': '',
};

const iamTable: Table = {
  reader: `GetAccessKeyLastUsed GetGroup GetGroupPolicy GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole
    GetRolePolicy GetUser GetUserPolicy ListAccessKeys ListAttachedGroupPolicies ListAttachedRolePolicies
    ListAttachedUserPolicies ListGroupPolicies ListGroups ListGroupsForUser ListInstanceProfilesForRole ListOpenIDConnectProviders ListPolicies
    ListPolicyVersions ListRolePolicies ListRoleTags ListRoles ListUserPolicies ListUserTags ListUsers
    SimulatePrincipalPolicy`,
  administrator: `AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey CreateGroup
    CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateUser DeleteAccessKey DeleteGroup
    DeleteGroupPolicy DeleteOpenIDConnectProvider DeletePolicy DeletePolicyVersion DeleteRole
    DeleteRolePermissionsBoundary DeleteRolePolicy DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy
    DetachGroupPolicy DetachRolePolicy DetachUserPolicy PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy
    PutUserPermissionsBoundary PutUserPolicy RemoveUserFromGroup SetDefaultPolicyVersion TagRole TagUser UntagRole
    UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateRole UpdateUser`,
};

const stsTable: Table = {
  anyone: 'GetCallerIdentity GetSessionToken',
  // The trust policy of the role decides, and the role of the valid input is not there.
  'not offered': '',
  open: 'AssumeRoleWithWebIdentity',
  administrator: '',
};
/** Decided by a role's trust policy: test/wire/sts has the cases. */
const byTrust = new Set(['AssumeRole']);

let server: TestServer;
/** By whom; each sends signed with its own key. */
const clients = new Map<string, ReturnType<typeof makeRawClient>>();
const logins = new Map<string, string>();
const HOME = '123456789012';

before(async () => {
  server = await startServer();
  const { accountId } = server;
  assert.equal(accountId, HOME, 'valid inputs name this account');
  await server.ecr('CreateRepository', { repositoryName: 'team/app' });
  const principals = {
    stranger: await makeAccount(server),
    reader: await makeUser(server, accountId, 'reader', [{ Action: readActions }]),
    pusher: await makeUser(server, accountId, 'pusher', [{ Action: [...readActions, ...pushActions] }]),
    administrator: await makeUser(server, accountId, 'administrator', [{ Action: '*' }]),
  };
  for (const [name, principal] of Object.entries(principals)) {
    clients.set(name, makeRawClient({ url: server.url, credentials: principal.credentials }));
    const { body } = await principal.ecr('GetAuthorizationToken', { registryIds: [accountId] });
    const [data] = body['authorizationData'] as { authorizationToken: string }[];
    logins.set(name, `Basic ${data?.authorizationToken ?? assert.fail(`no login for ${name}`)}`);
  }
});
after(async () => {
  for (const client of clients.values()) client.close();
  await server.close();
});

function send(by: string, raw: RawRequest): Promise<RawAnswer> {
  return clients.get(by)?.send(raw) ?? assert.fail(`nobody is called ${by}`);
}

function mayDo(rank: (typeof ranks)[number], level: Level | undefined): boolean {
  if (level === 'anyone') return true;
  const least = ranks.findIndex((other) => other === level);
  return least !== -1 && ranks.indexOf(rank) >= least;
}

/** IAM's sentence, whatever the protocol around it. */
const isDenied = ({ text }: RawAnswer): boolean => text.includes('is not authorized to perform');

function levelsOf(table: Table): ReadonlyMap<string, Level> {
  const entries = Object.entries(table).flatMap(([level, names]) =>
    names
      .split(/\s+/)
      .filter((name) => name !== '')
      .map((name) => [name, level as Level] as const),
  );
  assert.equal(new Set(entries.map(([name]) => name)).size, entries.length, 'a name is there twice');
  return new Map(entries);
}

/** The members by which an input reaches into another account, as far as the operation is about what they name. */
const foreignMembers = ['registryId', 'profileOwner', 'jobOwner', 'resourceArn'];
const namingMembers = ['UserName', 'GroupName', 'RoleName'];
const arnMembers = ['PolicyArn', 'OpenIDConnectProviderArn', 'PolicySourceArn'];

function isForeign(input: Json): boolean {
  if (foreignMembers.some((member) => member in input)) return true;
  return arnMembers.some((member) => member in input) && !namingMembers.some((member) => member in input);
}

interface Api {
  readonly name: 'ecr' | 'signer' | 'iam' | 'sts';
  readonly model: ServiceModel;
  readonly operations: Readonly<Record<string, { readonly kind: string }>>;
  readonly table: Table;
  readonly request: (name: string, operation: OperationModel, input: Json) => RawRequest;
  readonly change?: Json;
}

const form =
  (service: 'iam' | 'sts', version: string): Api['request'] =>
  (name, _operation, input) => ({
    service,
    headers: formHeaders,
    body: formBody(name, version, input),
  });

const apis: readonly Api[] = [
  {
    name: 'ecr',
    model: ecrModel,
    operations: ecrOperations,
    table: ecrTable,
    request: (name, _operation, input) => ({
      service: 'ecr',
      headers: ecrHeaders(name),
      body: JSON.stringify(input),
    }),
    change: { resourceArn: `arn:aws:ecr:us-east-1:${HOME}:repository/team/app` },
  },
  {
    name: 'signer',
    model: signerModel,
    operations: signerOperations,
    table: signerTable,
    request: (_name, operation, input) => {
      const { method, target, body } = restRequest(signerModel, operation, input);
      const headers = body === '' ? {} : { 'content-type': 'application/json' };
      return { service: 'signer', method, target, headers, body };
    },
    change: { resourceArn: `arn:aws:signer:us-east-1:${HOME}:/signing-profiles/release` },
  },
  {
    name: 'iam',
    model: iamModel,
    operations: iamOperations,
    table: iamTable,
    request: form('iam', '2010-05-08'),
    change: {
      PolicyArn: `arn:aws:iam::${HOME}:policy/none`,
      OpenIDConnectProviderArn: `arn:aws:iam::${HOME}:oidc-provider/none.example.com`,
      PolicySourceArn: `arn:aws:iam::${HOME}:user/none`,
    },
  },
  {
    name: 'sts',
    model: stsModel,
    operations: stsOperations,
    table: stsTable,
    request: form('sts', '2011-06-15'),
  },
];

for (const { name: service, model, operations, table, request, change = {} } of apis) {
  describe(service, () => {
    const levels = levelsOf(table);
    const names = Object.keys(operations).filter((name) => !byTrust.has(name));

    test('every operation has an entry', () => {
      assert.deepEqual([...levels.keys()].toSorted(), names.toSorted());
      for (const name of names)
        assert.equal(operations[name]?.kind === 'not-offered', levels.get(name) === 'not offered', name);
    });

    for (const name of names) {
      const level = levels.get(name);
      test(`${name}: ${level ?? 'no entry'}`, async () => {
        const operation = model.operations[name] ?? assert.fail(name);
        const full = validInput(model, operation);
        const changed = Object.fromEntries(Object.entries(change).filter(([member]) => member in full));
        const raw = request(name, operation, { ...full, ...changed });

        const nobody = await send('reader', { ...raw, unsigned: true });
        // An unsigned form is taken for STS, which knows nothing of IAM's operations.
        const unproven = service === 'iam' ? /InvalidAction/ : /MissingAuthenticationToken/;
        assert.equal(unproven.test(nobody.text), level !== 'open', nobody.text);
        if (level === 'open') return;
        const stranger = await send('stranger', raw);
        if (level === 'not offered') assert.match(stranger.text, /UnknownOperation/);
        else assert.equal(isDenied(stranger), isForeign({ ...full, ...changed }), stranger.text);

        for (const rank of ranks) {
          const answer = await send(rank, raw);
          const may = mayDo(rank, level);
          if (level === 'not offered') assert.match(answer.text, /UnknownOperation/);
          else assert.equal(isDenied(answer), !may, `${rank}: ${answer.text}`);
          assert.ok(answer.status < 500, answer.text);
        }
      });
    }
  });
}

const digest = `sha256:${'0'.repeat(64)}`;
const at = { repositoryName: 'team/app' };
const routes: Readonly<
  Record<
    Route['kind'],
    { readonly route: Route; readonly path: string; readonly methods: Readonly<Record<string, Level>> }
  >
> = {
  base: { route: { kind: 'base' }, path: '/v2/', methods: { GET: 'anyone', HEAD: 'anyone' } },
  catalog: { route: { kind: 'catalog' }, path: '/v2/_catalog', methods: { GET: 'reader', HEAD: 'reader' } },
  manifest: {
    route: { kind: 'manifest', ...at, reference: 'v1' },
    path: '/v2/team/app/manifests/v1',
    methods: { GET: 'reader', HEAD: 'reader', PUT: 'pusher', DELETE: 'administrator' },
  },
  blob: {
    route: { kind: 'blob', ...at, digest },
    path: `/v2/team/app/blobs/${digest}`,
    methods: { GET: 'reader', HEAD: 'reader', DELETE: 'administrator' },
  },
  uploads: {
    route: { kind: 'uploads', ...at },
    path: '/v2/team/app/blobs/uploads/',
    methods: { POST: 'pusher' },
  },
  upload: {
    route: { kind: 'upload', ...at, uploadId: 'x' },
    path: '/v2/team/app/blobs/uploads/x',
    methods: { GET: 'pusher', PATCH: 'pusher', PUT: 'pusher', DELETE: 'pusher' },
  },
  tags: {
    route: { kind: 'tags', ...at },
    path: '/v2/team/app/tags/list',
    methods: { GET: 'reader', HEAD: 'reader' },
  },
  referrers: {
    route: { kind: 'referrers', ...at, digest },
    path: `/v2/team/app/referrers/${digest}`,
    methods: { GET: 'reader', HEAD: 'reader' },
  },
};

describe('/v2', () => {
  for (const [kind, { route, path, methods }] of Object.entries(routes)) {
    test(`${kind}: every method has an entry`, () => {
      assert.deepEqual(Object.keys(methods).toSorted(), Object.keys(operationsOf(route)).toSorted());
    });
    for (const [method, level] of Object.entries(methods))
      test(`${method} ${kind}: ${level}`, async () => {
        const ask = async (by: string | undefined): Promise<number> => {
          const authorization = by === undefined ? undefined : logins.get(by);
          const headers = authorization === undefined ? {} : { authorization };
          const answer = await fetch(server.url + path, { method, headers });
          const text = await answer.text();
          if (answer.status === 403 && method !== 'HEAD')
            assert.match(text, /"DENIED".*not authorized to perform/);
          return answer.status;
        };
        assert.equal(await ask(undefined), 401);
        assert.equal((await ask('stranger')) === 403, level !== 'anyone');
        for (const rank of ranks) {
          const may = mayDo(rank, level);
          const status = await ask(rank);
          assert.equal(status === 403, !may, `${rank}: ${status}`);
          assert.ok(status < 500 && status !== 401, `${rank}: ${status}`);
        }
      });
  }
});

test("policies that are AWS's are everybody's to look at, under their own ARN", async () => {
  const body = formBody('GetPolicy', '2010-05-08', {
    PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  });
  for (const by of ['stranger', 'reader', 'administrator']) {
    const answer = await send(by, { service: 'iam', headers: formHeaders, body });
    assert.ok(!isDenied(answer), `${by}: ${answer.text}`);
  }
});

/** What the surfaces besides the APIs answer to nobody. */
const others: Readonly<
  Record<
    Exclude<SurfaceName, 'ecr' | 'signer' | 'iam' | 'sts' | 'oci'>,
    readonly (readonly [path: string, nobody: number])[]
  >
> = {
  pki: [[`/trust/${HOME}/root.pem`, 200]],
  operations: [
    ['/healthz', 200],
    ['/readyz', 200],
    ['/metrics', 200],
  ],
  admin: [
    ['/admin/gc', 403],
    ['/admin/scrub', 403],
    ['/admin/accounts', 403],
    ['/admin/clock', 403],
    ['/admin/uploads', 403],
    ['/sign', 403],
  ],
};

test('what is public answers everybody, what is for the operator answers nobody who has not signed', async () => {
  for (const paths of Object.values(others))
    for (const [path, status] of paths) assert.equal((await fetch(server.url + path)).status, status, path);
});
