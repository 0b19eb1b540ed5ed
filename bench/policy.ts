// How long a decision of policy evaluation takes, for sets of policies as people have them and for hostile ones.
import {
  compilePolicy,
  type EvaluationInput,
  evaluate,
  type NamedPolicy,
  type PolicyKind,
  type PrincipalFacts,
} from '../src/domain/access/index.ts';
import { percentile } from './load.ts';
import type { BenchOptions } from './report.ts';

const account = '123456789012';
const repository = `arn:aws:ecr:eu-west-1:${account}:repository/team/app`;
const principal: PrincipalFacts = {
  kind: 'assumed-role',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/ci/build-7`,
  roleArn: `arn:aws:iam::${account}:role/robots/ci`,
  userId: 'AROAEXAMPLECI0000000:build-7',
  tags: { team: 'team' },
};
const context = new Map<string, string>([
  ['aws:sourceip', '10.1.2.3'],
  ['aws:securetransport', 'true'],
  ['aws:useragent', 'docker/27.1'],
  ['aws:currenttime', '2026-01-02T03:04:05Z'],
  ['aws:resourcetag/team', 'team'],
]);

const document = (statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const named = (name: string, kind: PolicyKind, statements: readonly object[]): NamedPolicy => ({
  name,
  policy: compilePolicy(document(statements), kind),
});

const push = [
  { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
  {
    Effect: 'Allow',
    Action: [
      'ecr:BatchGetImage',
      'ecr:BatchCheckLayerAvailability',
      'ecr:InitiateLayerUpload',
      'ecr:UploadLayerPart',
      'ecr:CompleteLayerUpload',
      'ecr:PutImage',
    ],
    Resource: `arn:aws:ecr:*:${account}:repository/\${aws:PrincipalTag/team}/*`,
    Condition: {
      IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '192.0.2.0/24'] },
      StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' },
    },
  },
  {
    Effect: 'Allow',
    Action: 'signer:SignPayload',
    Resource: `arn:aws:signer:*:${account}:/signing-profiles/release`,
  },
  {
    Effect: 'Deny',
    Action: 'ecr:Delete*',
    Resource: '*',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  },
];
const team = (n: number) => [
  {
    Effect: 'Allow',
    Action: ['ecr:Describe*', 'ecr:List*', 'ecr:BatchGetImage'],
    Resource: `arn:aws:ecr:*:*:repository/t${n}/*`,
  },
  { Effect: 'Allow', Action: 's3:*', Resource: [`arn:aws:s3:::t${n}`, `arn:aws:s3:::t${n}/*`] },
];
const one = named('push', 'identity', push);
const many = [...Array.from({ length: 9 }, (_, n) => named(`team ${n}`, 'identity', team(n))), one];
const hostile = named(
  'hostile',
  'identity',
  Array.from({ length: 10 }, (_, n) => ({
    Effect: 'Allow',
    Action: '*',
    Resource: ['*', `arn:aws:ecr:*:*:repository/*${'t?'.repeat(60)}x*`].slice(n % 2),
    Condition: { StringLike: { 'aws:UserAgent': `*${'a?'.repeat(100)}b*` } },
  })),
);

const base = {
  principal,
  action: 'ecr:PutImage',
  resource: repository,
  resourceAccount: account,
  context: (key: string) => context.get(key),
};
const sets: Readonly<Record<string, EvaluationInput>> = {
  'one policy of four statements, allowed': { ...base, identityPolicies: [one] },
  'ten policies, boundary, session and repository policy, allowed': {
    ...base,
    identityPolicies: many,
    boundary: named('boundary', 'boundary', [
      { Effect: 'Allow', Action: ['ecr:*', 'signer:*'], Resource: '*' },
    ]),
    sessionPolicies: [named('session', 'session', push)],
    resourcePolicies: [
      named('repository', 'repository', [
        { Effect: 'Allow', Principal: { AWS: account }, Action: ['ecr:BatchGetImage', 'ecr:PutImage'] },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'ecr:*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ]),
    ],
  },
  'ten policies, denied by default': { ...base, action: 'ecr:SetRepositoryPolicy', identityPolicies: many },
  'hostile patterns, denied by default': {
    ...base,
    resource: `arn:aws:ecr:eu-west-1:${account}:repository/${'t'.repeat(256)}`,
    context: (key) => (key === 'aws:useragent' ? 'a'.repeat(512) : context.get(key)),
    identityPolicies: [hostile],
  },
};

/** Median and slowest twentieth of batches of decisions. */
export async function benchPolicy(options: BenchOptions): Promise<void> {
  const batches = options.quick ? 50 : 400;
  const size = 500;
  for (const [name, input] of Object.entries(sets)) {
    const times: number[] = [];
    for (let batch = 0; batch < batches; batch += 1) {
      const started = performance.now();
      for (let n = 0; n < size; n += 1) evaluate(input);
      times.push(((performance.now() - started) * 1000) / size);
    }
    times.sort((a, b) => a - b);
    console.log(
      `  ${name.padEnd(64)} ${percentile(times, 50).toFixed(2)} us a decision, slowest twentieth of batches ${percentile(times, 95).toFixed(2)} us`,
    );
  }
  const text = document(push);
  const started = performance.now();
  for (let n = 0; n < 1000; n += 1) compilePolicy(text, 'identity');
  console.log(`  compiling the policy of four statements: ${(performance.now() - started).toFixed(0)} us`);
}
