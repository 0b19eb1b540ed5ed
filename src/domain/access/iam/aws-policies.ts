// Policies that every account finds ready, under the names and with the rights that AWS's own have: those that
// people attach who use a registry. Nobody may change them; a new version of this program may.
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

/** Actions that each allows on everything. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
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
  for (const [name, actions] of Object.entries(POLICIES)) {
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
    });
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
