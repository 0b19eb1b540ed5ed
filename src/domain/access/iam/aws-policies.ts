// Policies that every account finds ready, under the names and with the rights that AWS's own have: those that
// people attach who use a registry. Nobody may change them; a new version of this program may.
// Source: AWS Managed Policy Reference Guide.
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
  const { managedPolicies, policyVersions, clock } = deps;
  await change(deps, async (tx) => {
    for (const [name, actions] of Object.entries(POLICIES)) {
      const document = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
      });
      const createdAt = clock.now();
      const found = await managedPolicies.find(tx, AWS_ACCOUNT, name);
      if (found === undefined) {
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
        continue;
      }
      const current = await policyVersions.find(tx, found.id, found.defaultVersion);
      if (current?.document === document) continue;
      const number = found.nextVersion;
      await policyVersions.insert(tx, found.id, { number, document, createdAt });
      if (current !== undefined) await policyVersions.delete(tx, found.id, current.number);
      await managedPolicies.update(tx, {
        ...found,
        defaultVersion: number,
        nextVersion: number + 1,
        updatedAt: createdAt,
      });
    }
  });
}
