import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AttachUserPolicyCommand,
  type ContextKeyTypeEnum,
  CreateUserCommand,
  type IAMClient,
  PutUserPolicyCommand,
  paginateSimulatePrincipalPolicy,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { allow, iamClient, policy, refusal } from '../../helpers/access-clients.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const PolicySourceArn = 'arn:aws:iam::123456789012:user/simulated';
const repository = (name: string) => `arn:aws:ecr:us-east-1:123456789012:repository/${name}`;

let server: TestServer;
let iam: IAMClient;
before(async () => {
  server = await startServer();
  iam = iamClient(server);
  await iam.send(new CreateUserCommand({ UserName: 'simulated' }));
  const PolicyDocument = policy(
    allow('ecr:*', repository('team/*')),
    { Effect: 'Deny', Action: 'ecr:DeleteRepository', Resource: '*' },
    {
      ...allow('signer:SignPayload'),
      Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
    },
  );
  await iam.send(new PutUserPolicyCommand({ UserName: 'simulated', PolicyName: 'own', PolicyDocument }));
});
after(async () => {
  iam.destroy();
  await server.close();
});

test('says what would be allowed, what is denied, and by which policy', async () => {
  const { EvaluationResults = [] } = await iam.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames: ['ecr:PutImage', 'ecr:DeleteRepository'],
      ResourceArns: [repository('team/app'), repository('other')],
    }),
  );
  assert.deepEqual(
    EvaluationResults.map(({ EvalActionName, EvalResourceName, EvalDecision }) => [
      EvalActionName,
      EvalResourceName?.split('/').slice(1).join('/'),
      EvalDecision,
    ]),
    [
      ['ecr:PutImage', 'team/app', 'allowed'],
      ['ecr:PutImage', 'other', 'implicitDeny'],
      ['ecr:DeleteRepository', 'team/app', 'explicitDeny'],
      ['ecr:DeleteRepository', 'other', 'explicitDeny'],
    ],
  );
  assert.deepEqual(EvaluationResults[0]?.MatchedStatements, [
    { SourcePolicyId: `${PolicySourceArn}/own`, SourcePolicyType: 'user' },
  ]);
});

test('takes more policies, a boundary and a context, and says which keys are missing', async () => {
  const simulate = async (more: object) => {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames: ['signer:SignPayload'],
      ...more,
    });
    const [result] = (await iam.send(command)).EvaluationResults ?? [];
    return result;
  };
  const without = await simulate({});
  assert.equal(without?.EvalDecision, 'implicitDeny');
  assert.deepEqual(without.MissingContextValues, ['aws:SourceIp']);
  const ContextEntries = [
    { ContextKeyName: 'aws:SourceIp', ContextKeyValues: ['10.1.2.3'], ContextKeyType: 'ip' },
  ];
  assert.equal((await simulate({ ContextEntries }))?.EvalDecision, 'allowed');
  const bounded = await simulate({
    ContextEntries,
    PermissionsBoundaryPolicyInputList: [policy(allow('ecr:*'))],
  });
  assert.equal(bounded?.EvalDecision, 'implicitDeny');
  assert.equal(bounded.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, false);
  const PolicyInputList = [policy(allow('signer:*'))];
  assert.equal((await simulate({ PolicyInputList }))?.EvalDecision, 'allowed');
});

test('takes who calls on behalf of the principal from the context', async () => {
  await iam.send(
    new AttachUserPolicyCommand({
      UserName: 'simulated',
      PolicyArn: 'arn:aws:iam::aws:policy/SealportPush',
    }),
  );
  const simulate = async (entries: Readonly<Record<string, readonly [string, readonly string[]]>>) => {
    const command = new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames: ['signer:SignPayload'],
      ContextEntries: Object.entries(entries).map(([ContextKeyName, [type, ContextKeyValues]]) => ({
        ContextKeyName,
        ContextKeyType: type as ContextKeyTypeEnum,
        ContextKeyValues: [...ContextKeyValues],
      })),
    });
    const [result] = (await iam.send(command)).EvaluationResults ?? [];
    return [result?.EvalDecision, result?.MissingContextValues];
  };
  const via = { 'aws:ViaAWSService': ['boolean', ['true']] } as const;
  const calledVia = (...services: string[]) => ({ 'aws:CalledVia': ['stringList', services] }) as const;
  assert.deepEqual(await simulate({}), [
    'implicitDeny',
    ['aws:SourceIp', 'aws:ViaAWSService', 'aws:CalledVia'],
  ]);
  assert.equal((await simulate({ ...via, ...calledVia('ecr.amazonaws.com') }))[0], 'allowed');
  assert.equal(
    (await simulate({ ...via, ...calledVia('ecr.amazonaws.com', 'x.amazonaws.com') }))[0],
    'allowed',
  );
  assert.equal((await simulate({ ...via, ...calledVia('x.amazonaws.com') }))[0], 'implicitDeny');
  assert.equal((await simulate(calledVia('ecr.amazonaws.com')))[0], 'implicitDeny');
});

test('answers in pages', async () => {
  const ActionNames = Array.from({ length: 7 }, (_, n) => `ecr:Action${n}`);
  const sizes: number[] = [];
  const pages = paginateSimulatePrincipalPolicy(
    { client: iam, pageSize: 3 },
    { PolicySourceArn, ActionNames },
  );
  for await (const page of pages) sizes.push(page.EvaluationResults?.length ?? 0);
  assert.deepEqual(sizes, [3, 3, 1]);
});

test('refuses a source that is none, and a policy that is none', async () => {
  const simulate = (input: object) =>
    refusal(
      iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['ecr:PutImage'], ...input }),
      ),
    );
  assert.equal((await simulate({ PolicySourceArn: `${PolicySourceArn}-not` })).code, 'NoSuchEntity');
  assert.equal((await simulate({ PolicySourceArn: repository('team/app') })).code, 'InvalidInput');
  assert.equal((await simulate({ PolicyInputList: ['{}'] })).code, 'ValidationError');
});
