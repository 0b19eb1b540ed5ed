// Policies that every account finds ready: those of AWS that people attach who use a registry, under the names and with
// the rights that AWS's have, and our own for the three things that people do with a registry that signs. Nobody may
// change them; a new version of this program may.
// Source: AWS Managed Policy Reference Guide.
import type { Reader, Tx } from '../../storage.ts';
import { newId } from '../ids.ts';
import { change, type IamDeps } from './deps.ts';
import { AWS_ACCOUNT } from './lookup.ts';

const READ = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:GetRepositoryPolicy',
  'ecr:DescribeRepositories',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:BatchGetImage',
  'ecr:GetLifecyclePolicy',
  'ecr:GetLifecyclePolicyPreview',
  'ecr:ListTagsForResource',
  'ecr:DescribeImageScanFindings',
];

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: '*';
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const allow = (Action: readonly string[], more: Pick<Statement, 'Sid' | 'Condition'> = {}): Statement => {
  const { Sid, Condition } = more;
  return {
    ...(Sid === undefined ? {} : { Sid }),
    Effect: 'Allow',
    Action,
    Resource: '*',
    ...(Condition === undefined ? {} : { Condition }),
  };
};

const PULL = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchGetImage',
];

/** What tells whether an image is signed, and by whom. */
const SIGNATURES_OF_IMAGES = [
  'ecr:DescribeRepositories',
  'ecr:DescribeImages',
  'ecr:ListImages',
  'ecr:ListImageReferrers',
  'ecr:DescribeImageSigningStatus',
];

const PROFILES = ['signer:GetSigningProfile', 'signer:GetRevocationStatus'];

/** Only for a push that the registry signs: who has it cannot have a payload of his own signed. */
const BY_A_PUSH = {
  Bool: { 'aws:ViaAWSService': 'true' },
  'ForAnyValue:StringEquals': { 'aws:CalledVia': ['ecr.amazonaws.com'] },
};

/** Ours, by what one does: have pushes signed, verify, do everything. */
const OWN_POLICIES: Readonly<Record<string, readonly Statement[]>> = {
  SealportPush: [
    allow([
      ...PULL,
      'ecr:InitiateLayerUpload',
      'ecr:UploadLayerPart',
      'ecr:CompleteLayerUpload',
      'ecr:PutImage',
      ...SIGNATURES_OF_IMAGES,
      ...PROFILES,
    ]),
    allow(['signer:SignPayload'], { Sid: 'SignedByPushAlone', Condition: BY_A_PUSH }),
  ],
  SealportVerify: [allow([...PULL, ...SIGNATURES_OF_IMAGES, ...PROFILES])],
  SealportAdmin: [allow(['ecr:*', 'signer:*', 'iam:*', 'sts:*'])],
};

/** AWS's: actions that each allows on everything. */
const AWS_POLICIES: Readonly<Record<string, readonly string[]>> = {
  AdministratorAccess: ['*'],
  AmazonEC2ContainerRegistryFullAccess: ['ecr:*', 'cloudtrail:LookupEvents'],
  AmazonEC2ContainerRegistryPowerUser: [
    ...READ,
    'ecr:InitiateLayerUpload',
    'ecr:UploadLayerPart',
    'ecr:CompleteLayerUpload',
    'ecr:PutImage',
  ],
  AmazonEC2ContainerRegistryPullOnly: [
    'ecr:GetAuthorizationToken',
    'ecr:BatchImportUpstreamImage',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
  ],
  AmazonEC2ContainerRegistryReadOnly: READ,
  IAMFullAccess: ['iam:*'],
  IAMReadOnlyAccess: ['iam:Get*', 'iam:List*', 'iam:SimulateCustomPolicy', 'iam:SimulatePrincipalPolicy'],
};

/** Makes them when they are not there, and gives them a new version when they are others than here. */
export async function ensureAwsPolicies(deps: IamDeps): Promise<void> {
  const policies = [
    ...Object.entries(AWS_POLICIES).map(([name, actions]) => ({ name, statements: [allow(actions)] })),
    ...Object.entries(OWN_POLICIES).map(([name, statements]) => ({ name, statements })),
  ];
  for (const { name, statements } of policies) {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statements });
    const { current } = await find(deps, deps.storage.reader, name);
    // At every start but the first nothing is to be written: a server with a full disk starts, too.
    if (current?.document !== document) await change(deps, (tx) => put(deps, tx, name, document));
  }
}

async function find(deps: IamDeps, on: Reader, name: string) {
  const policy = await deps.managedPolicies.find(on, AWS_ACCOUNT, name);
  const current = policy && (await deps.policyVersions.find(on, policy.id, policy.defaultVersion));
  return { policy, current };
}

async function put(deps: IamDeps, tx: Tx, name: string, document: string): Promise<void> {
  const { managedPolicies, policyVersions } = deps;
  const { policy, current } = await find(deps, tx, name);
  const createdAt = deps.clock.now();
  if (policy === undefined) {
    const id = newId('policy');
    await managedPolicies.insert(tx, {
      id,
      accountId: AWS_ACCOUNT,
      name,
      path: '/',
      defaultVersion: 1,
      nextVersion: 2,
      tags: {},
      createdAt,
      updatedAt: createdAt,
    });
    await policyVersions.insert(tx, id, { number: 1, document, createdAt });
    return;
  }
  const number = policy.nextVersion;
  await policyVersions.insert(tx, policy.id, { number, document, createdAt });
  if (current !== undefined) await policyVersions.delete(tx, policy.id, current.number);
  await managedPolicies.update(tx, {
    ...policy,
    defaultVersion: number,
    nextVersion: number + 1,
    updatedAt: createdAt,
  });
}
