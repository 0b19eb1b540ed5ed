import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ContextValue,
  compilePolicy,
  type EvaluationInput,
  evaluate,
  type NamedPolicy,
  type PolicyKind,
  type PrincipalFacts,
} from './index.ts';

const ACCOUNT = '123456789012';
const OTHER = '210987654321';
const repository = `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/team/app`;

const user = {
  kind: 'user',
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/staff/bob`,
  userId: 'AIDAEXAMPLEBOB000000',
  userName: 'bob',
  tags: { Team: 'blue' },
} as const satisfies PrincipalFacts;
const session = {
  kind: 'assumed-role',
  accountId: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/build-7`,
  roleArn: `arn:aws:iam::${ACCOUNT}:role/robots/ci`,
  userId: 'AROAEXAMPLECI0000000:build-7',
} as const satisfies PrincipalFacts;
const roleId = 'AROAEXAMPLECI0000000';
const root: PrincipalFacts = {
  kind: 'root',
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:root`,
  userId: ACCOUNT,
};
const elsewhere = <P extends PrincipalFacts>(facts: P): P =>
  JSON.parse(JSON.stringify(facts).replaceAll(ACCOUNT, OTHER)) as P;

const named = (name: string, kind: PolicyKind, ...statements: object[]): NamedPolicy => ({
  name,
  policy: compilePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), kind),
});
const own = (...statements: object[]) =>
  named(
    'own',
    'identity',
    ...statements.map((statement) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...statement })),
  );
const limit = (...statements: object[]) =>
  named(
    'limit',
    'boundary',
    ...statements.map((statement) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...statement })),
  );
const onRepository = (...statements: object[]) =>
  named(
    'repository policy',
    'repository',
    ...statements.map((statement) => ({ Effect: 'Allow', Principal: '*', Action: 'ecr:*', ...statement })),
  );

function decide(
  input: Partial<EvaluationInput>,
  context: Readonly<Record<string, ContextValue>> = {},
): ReturnType<typeof evaluate> {
  return evaluate({
    principal: user,
    action: 'ecr:PutImage',
    resource: repository,
    resourceAccount: ACCOUNT,
    identityPolicies: [],
    ...input,
    context: (key) => context[key],
  });
}

function allows(input: Partial<EvaluationInput>, context?: Readonly<Record<string, ContextValue>>): void {
  const decision = decide(input, context);
  assert.equal(decision.allowed, true, decision.allowed ? '' : decision.reason);
}

function denies(
  input: Partial<EvaluationInput>,
  reason: string,
  context?: Readonly<Record<string, ContextValue>>,
): void {
  const decision = decide(input, context);
  assert.ok(!decision.allowed, 'allowed');
  assert.equal(decision.reason.slice(-reason.length), reason);
}

const noIdentity = 'because no identity-based policy allows the ecr:PutImage action';
const noResource = 'because no resource-based policy allows the ecr:PutImage action';
const noBoundary = 'because no permissions boundary allows the ecr:PutImage action';
const noSession = 'because no session policy allows the ecr:PutImage action';

describe('in the same account', () => {
  test('nothing is allowed by default', () => {
    for (const principal of [user, session]) denies({ principal }, noIdentity);
    denies({ principal: { kind: 'anonymous' } }, noResource);
    allows({ principal: root });
  });

  test("the sentence is IAM's, and the deciding statement is named", () => {
    assert.deepEqual(decide({}), {
      allowed: false,
      reason: `User: ${user.arn} is not authorized to perform: ecr:PutImage on resource: ${repository} ${noIdentity}`,
      explicit: false,
    });
    const by = { type: 'identity-based policy', policy: 'own', statement: 'No' };
    assert.deepEqual(decide({ identityPolicies: [own({}, { Effect: 'Deny', Sid: 'No' })] }), {
      allowed: false,
      reason: `User: ${user.arn} is not authorized to perform: ecr:PutImage on resource: ${repository} with an explicit deny in an identity-based policy`,
      explicit: true,
      by,
    });
    assert.deepEqual(decide({ identityPolicies: [own({})] }), {
      allowed: true,
      by: { ...by, statement: 'statement 1' },
    });
  });

  test('an explicit deny wins wherever it stands', () => {
    const everything = { identityPolicies: [own({})], resourcePolicies: [onRepository({})] };
    const no = { Effect: 'Deny' };
    denies({ ...everything, identityPolicies: [own({}), own(no)] }, 'deny in an identity-based policy');
    denies({ ...everything, resourcePolicies: [onRepository({}, no)] }, 'deny in a resource-based policy');
    denies({ ...everything, boundary: limit({}, no) }, 'deny in a permissions boundary');
    denies({ ...everything, sessionPolicies: [limit({}, no)] }, 'deny in a session policy');
    denies({ principal: root, resourcePolicies: [onRepository(no)] }, 'deny in a resource-based policy');
  });

  test('boundary and session policies limit what identity policies allow', () => {
    const identityPolicies = [own({})];
    const pull = limit({ Action: 'ecr:BatchGetImage' });
    denies({ identityPolicies, boundary: pull }, noBoundary);
    denies({ identityPolicies, sessionPolicies: [pull] }, noSession);
    denies({ identityPolicies, sessionPolicies: [] }, noSession);
    allows({ identityPolicies, boundary: limit({}), sessionPolicies: [pull, limit({})] });
    denies({ boundary: limit({}), sessionPolicies: [limit({})] }, noIdentity);
  });

  test('a repository policy suffices for whom it names', () => {
    allows({ resourcePolicies: [onRepository({ Principal: { AWS: user.userId } })] });
    allows({ principal: session, resourcePolicies: [onRepository({ Principal: { AWS: roleId } })] });
    allows({ principal: session, resourcePolicies: [onRepository({ Principal: { AWS: session.userId } })] });
    allows({ resourcePolicies: [onRepository({})] });
    allows({
      principal: { kind: 'anonymous' },
      resourcePolicies: [onRepository({ Principal: { AWS: '*' } })],
    });
    denies(
      { principal: session, resourcePolicies: [onRepository({ Principal: { AWS: user.userId } })] },
      noIdentity,
    );
  });

  test('a name that was never bound to an identity is nobody', () => {
    for (const [principal, arn] of [
      [user, user.arn],
      [session, session.roleArn],
      [session, session.arn],
    ] as const)
      denies({ principal, resourcePolicies: [onRepository({ Principal: { AWS: arn } })] }, noIdentity);
  });

  test('one that names the account leaves it to identity policies', () => {
    for (const Principal of [{ AWS: ACCOUNT }, { AWS: `arn:aws:iam::${ACCOUNT}:root` }]) {
      denies({ resourcePolicies: [onRepository({ Principal })] }, noIdentity);
      denies({ principal: session, resourcePolicies: [onRepository({ Principal })] }, noIdentity);
    }
  });

  test('a grant to the user or session is beyond boundary and session policies, one to the role or everyone is not', () => {
    const narrow = { boundary: limit({ Action: 'ecr:BatchGetImage' }) };
    const to = (AWS: string) => ({ resourcePolicies: [onRepository({ Principal: { AWS } })] });
    allows({ ...narrow, ...to(user.userId) });
    allows({ ...narrow, ...to(session.userId), principal: session, sessionPolicies: [] });
    denies({ ...narrow, ...to(roleId), principal: session }, noBoundary);
    denies({ ...to(roleId), principal: session, sessionPolicies: [] }, noSession);
    denies({ ...narrow, ...to('*') }, noBoundary);
  });

  test('a trust policy must allow, identity policies alone do not', () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/ci`;
    const trust = (Principal: object) =>
      named('trust', 'trust', { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
    const ask = { action: 'sts:AssumeRole', resource: role, resourcePolicyDecides: true };
    denies(
      { ...ask, identityPolicies: [own({})] },
      'because no resource-based policy allows the sts:AssumeRole action',
    );
    allows({ ...ask, resourcePolicies: [trust({ AWS: user.userId })] });
    denies(
      { ...ask, resourcePolicies: [trust({ AWS: ACCOUNT })] },
      'because no identity-based policy allows the sts:AssumeRole action',
    );
    allows({ ...ask, resourcePolicies: [trust({ AWS: ACCOUNT })], identityPolicies: [own({})] });
    const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/token.example.com`;
    const federated: PrincipalFacts = { kind: 'federated', accountId: ACCOUNT, arn: provider, userId: 'x' };
    allows({ ...ask, principal: federated, resourcePolicies: [trust({ Federated: provider })] });
    denies(
      { ...ask, principal: federated, resourcePolicies: [trust({ AWS: '*' })] },
      'because no resource-based policy allows the sts:AssumeRole action',
    );
  });
});

test('across accounts both sides must allow', () => {
  const guest = elsewhere(user);
  const identityPolicies = [own({})];
  denies({ principal: guest, identityPolicies }, noResource);
  for (const AWS of [guest.userId, OTHER, '*']) {
    const resourcePolicies = [onRepository({ Principal: { AWS } })];
    denies({ principal: guest, resourcePolicies }, noIdentity);
    allows({ principal: guest, resourcePolicies, identityPolicies });
    denies(
      { principal: guest, resourcePolicies, identityPolicies, boundary: limit({ Action: 's3:*' }) },
      noBoundary,
    );
  }
  const other = elsewhere(root);
  denies({ principal: other }, noResource);
  allows({ principal: other, resourcePolicies: [onRepository({ Principal: { AWS: OTHER } })] });
  denies({ principal: other, resourcePolicies: [onRepository({ Principal: { AWS: ACCOUNT } })] }, noResource);
});

test('NotPrincipal spares only who is listed in each shape', () => {
  const identityPolicies = [own({})];
  const but = (...AWS: string[]) => {
    const { name, policy } = named('p', 'repository', {
      Effect: 'Deny',
      NotPrincipal: { AWS },
      Action: 'ecr:*',
    });
    return { identityPolicies, resourcePolicies: [{ name, policy }] };
  };
  const deny = 'deny in a resource-based policy';
  allows(but(user.userId, ACCOUNT));
  denies(but(user.userId), deny);
  denies(but(ACCOUNT), deny);
  allows({ ...but(session.userId, roleId, ACCOUNT), principal: session });
  denies({ ...but(roleId, ACCOUNT), principal: session }, deny);
  allows({ ...but(ACCOUNT), principal: root });
});

describe('resources and actions', () => {
  const ok = (statement: object, input: Partial<EvaluationInput> = {}) =>
    decide({ identityPolicies: [own(statement)], ...input }).allowed;

  test('actions know no case, resources do', () => {
    assert.ok(ok({ Action: 'ECR:putimage' }));
    assert.ok(ok({ Action: 'ecr:Put????e' }));
    assert.ok(!ok({ Action: 'ecr:Put???e' }));
    assert.ok(!ok({ Resource: repository.toUpperCase().replace('ARN:AWS', 'arn:aws') }));
  });

  test('wildcards stay in their field, but for the last', () => {
    assert.ok(ok({ Resource: `arn:aws:ecr:*:${ACCOUNT}:repository/*` }));
    assert.ok(!ok({ Resource: 'arn:aws:ecr:*:repository/team/app' }));
    assert.ok(ok({ Resource: 'arn:aws:ecr:eu-west-?:*:*/app' }));
    assert.ok(ok({ Resource: 'arn:aws:ecr' }), 'what is missing is filled up');
    assert.ok(!ok({ Resource: 'arn:aws:ecr:*:*:*' }, { resource: '*' }));
    assert.ok(ok({}, { resource: '*' }));
  });

  test('NotAction and NotResource are all others', () => {
    assert.ok(!ok({ Action: undefined, NotAction: 'ecr:Put*' }));
    assert.ok(ok({ Action: undefined, NotAction: 'ecr:Get*' }));
    assert.ok(!ok({ Resource: undefined, NotResource: ['arn:aws:s3:::x', repository] }));
    assert.ok(ok({ Resource: undefined, NotResource: 'arn:aws:s3:::x' }));
  });

  test('variables take their values from the request, never wildcards', () => {
    const Resource = `arn:aws:ecr:*:*:repository/\${aws:PrincipalTag/team, 'none'}/app`;
    const at = (name: string) => ({ resource: repository.replace('team/app', name) });
    assert.ok(ok({ Resource }, at('blue/app')));
    assert.ok(!ok({ Resource }, at('none/app')));
    const star: PrincipalFacts = { ...user, tags: { team: '*' } };
    assert.ok(!ok({ Resource }, { ...at('blue/app'), principal: star }));
    assert.ok(ok({ Resource }, { ...at('none/app'), principal: session }));
    assert.ok(!ok({ Resource: 'arn:aws:ecr:*:*:repository/${aws:username}*' }, { principal: session }));
    assert.ok(ok({ Resource: 'arn:aws:ecr:*:*:repository/${*}' }, at('*')));
    assert.ok(!ok({ Resource: 'arn:aws:ecr:*:*:repository/${*}' }, at('x')));
    const unknown = { Resource: undefined, NotResource: 'arn:aws:ecr:*:*:repository/${aws:username}' };
    assert.ok(!ok(unknown, { principal: session }), 'an unknown exception allows nothing');
    const old = compilePolicy(
      JSON.stringify({
        Statement: { Effect: 'Allow', Action: '*', Resource: 'arn:aws:ecr:*:*:repository/${aws:username}' },
      }),
      'identity',
    );
    assert.ok(!decide({ ...at('bob'), identityPolicies: [{ name: 'old', policy: old }] }).allowed);
    assert.ok(decide({ ...at('${aws:username}'), identityPolicies: [{ name: 'old', policy: old }] }).allowed);
  });
});
