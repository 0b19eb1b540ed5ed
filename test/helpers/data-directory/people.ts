// The identities of a kept data directory, as calls of IAM in their order: users, groups, roles, policies, a provider.

export interface Step {
  readonly action: string;
  readonly input: Readonly<Record<string, string>>;
}

export const allowing = (action: string | readonly string[], resource = '*') => ({
  Action: action,
  Resource: resource,
});

export const identityDocument = (...statements: object[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Allow', ...statement })),
  });

/** As above; who is meant stands in the statement. */
export const resourceDocument = identityDocument;

const PUSH = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
];
const PULL = ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

export function peopleOf(accountId: string): readonly Step[] {
  const arn = (what: string) => `arn:aws:iam::${accountId}:${what}`;
  const assumed = (...principals: string[]) =>
    identityDocument({ Principal: { AWS: principals }, Action: 'sts:AssumeRole' });
  const step = (action: string, input: Step['input']): Step => ({ action, input });
  const user = (name: string, more = {}) => step('CreateUser', { UserName: name, ...more });
  const policy = (name: string, ...statements: object[]) =>
    step('CreatePolicy', { PolicyName: name, PolicyDocument: identityDocument(...statements) });
  return [
    policy('porters', allowing(PUSH)),
    // The second version is the one that counts.
    step('CreatePolicyVersion', {
      PolicyArn: arn('policy/porters'),
      PolicyDocument: identityDocument(allowing([...PUSH, 'ecr:DescribeImages'])),
      SetAsDefault: 'true',
    }),
    policy('limit', allowing(['ecr:DescribeRepositories', 'sts:GetCallerIdentity'])),
    policy('unused', allowing('iam:*')),
    user('porter', {
      Path: '/ci/',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'build',
    }),
    user('reader'),
    user('bounded', { PermissionsBoundary: arn('policy/limit') }),
    user('visitor'),
    user('idle'),
    user('gone'),
    step('AttachUserPolicy', { UserName: 'porter', PolicyArn: arn('policy/porters') }),
    step('PutUserPolicy', {
      UserName: 'bounded',
      PolicyName: 'all',
      PolicyDocument: identityDocument(allowing('*')),
    }),
    step('PutUserPolicy', {
      UserName: 'idle',
      PolicyName: 'all',
      PolicyDocument: identityDocument(allowing('*')),
    }),
    step('CreateGroup', { GroupName: 'readers' }),
    step('PutGroupPolicy', {
      GroupName: 'readers',
      PolicyName: 'pull',
      PolicyDocument: identityDocument(
        allowing([...PULL, 'ecr:DescribeImages', 'sts:AssumeRole']),
        // A variable and a condition, as policies of users have them.
        {
          ...allowing('iam:GetUser', arn(`user/\${aws:username}`)),
          Condition: { StringEquals: { 'aws:PrincipalType': 'User' } },
        },
      ),
    }),
    step('AddUserToGroup', { GroupName: 'readers', UserName: 'reader' }),
    step('CreateRole', {
      RoleName: 'deploy',
      Path: '/ci/',
      MaxSessionDuration: '7200',
      Description: 'Deploys what was signed',
      AssumeRolePolicyDocument: assumed(arn('user/reader'), arn('user/gone')),
    }),
    step('PutRolePolicy', {
      RoleName: 'deploy',
      PolicyName: 'own',
      PolicyDocument: identityDocument(
        allowing(['ecr:DescribeImageSigningStatus', 'ecr:DescribeRepositories']),
      ),
    }),
    step('CreateRole', { RoleName: 'orphan', AssumeRolePolicyDocument: assumed(arn('user/gone')) }),
    step('CreateRole', { RoleName: 'anybody', AssumeRolePolicyDocument: assumed(arn('root')) }),
    step('AttachRolePolicy', {
      RoleName: 'anybody',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly',
    }),
    step('CreateOpenIDConnectProvider', {
      Url: 'https://ci.example.com/tenant',
      'ClientIDList.member.1': 'sts.amazonaws.com',
      'ThumbprintList.member.1': 'a'.repeat(40),
    }),
    step('CreateRole', {
      RoleName: 'web',
      AssumeRolePolicyDocument: identityDocument({
        Principal: { Federated: arn('oidc-provider/ci.example.com/tenant') },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { 'ci.example.com/tenant:aud': 'sts.amazonaws.com' } },
      }),
    }),
  ];
}
