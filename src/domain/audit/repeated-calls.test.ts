// What is remembered of a call is never told of another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rootPrincipal } from '../access/principal.ts';
import { type AuditedCall, type CallOrigin, factsOf } from './call-event.ts';
import { rememberCalls } from './repeated-calls.ts';

const home = { accountId: '123456789012', region: 'us-east-1' };
const principal = rootPrincipal(home.accountId, 'AKIAIOSFODNN7EXAMPLE');
const decidedBy = { type: 'account root', policy: principal.arn, statement: 'account root' } as const;
const origin: CallOrigin = { requestId: 'r1', sourceIp: '10.0.0.1', userAgent: 'docker/27' };
const call: AuditedCall = {
  service: 'ecr',
  operation: 'BatchGetImage',
  routeOperation: 'GetManifest',
  principal,
  registry: home,
  resource: 'arn:aws:ecr:us-east-1:123456789012:repository/team/app',
  decidedBy,
  input: { repositoryName: 'team/app', reference: 'v1' },
  status: 200,
};

const otherCalls: Readonly<Record<string, Partial<AuditedCall>>> = {
  service: { service: 'signer' },
  operation: { operation: 'GetDownloadUrlForLayer' },
  'route operation': { routeOperation: 'HeadManifest' },
  'key of the same caller': { principal: rootPrincipal(home.accountId, 'AKIAOTHER') },
  'no principal': { principal: undefined },
  account: { registry: { ...home, accountId: '210987654321' } },
  region: { registry: { ...home, region: 'eu-west-1' } },
  'no registry': { registry: undefined },
  resource: { resource: `${call.resource}2` },
  policy: { decidedBy: { ...decidedBy, policy: 'other' } },
  statement: { decidedBy: { ...decidedBy, statement: 'other' } },
  'kind of policy': { decidedBy: { ...decidedBy, type: 'identity-based policy' } },
  'no decision': { decidedBy: undefined },
  reference: { input: { repositoryName: 'team/app', reference: 'v2' } },
  'the same texts under other names': { input: { repositoryName: 'team/app', digest: 'v1' } },
  'the same texts otherwise divided': { input: { repositoryName: 'team/app v1' } },
  'no input': { input: undefined },
  status: { status: 304 },
  error: { status: 404, error: { code: 'MANIFEST_UNKNOWN', message: 'none' } },
  output: { output: { digest: 'sha256:1' } },
};
const otherOrigins: Readonly<Record<string, Partial<CallOrigin>>> = {
  address: { sourceIp: '10.0.0.2' },
  client: { userAgent: 'podman/5' },
  'no client': { userAgent: undefined },
};

test('the same call has the same part, made once', () => {
  const of = rememberCalls(home);
  const first = of(call, origin);
  assert.deepEqual(first.facts, factsOf(call, origin, home));
  const again = of({ ...call, input: { ...(call.input as object) } }, { ...origin, requestId: 'r2' });
  assert.equal(again, first);
  assert.deepEqual(JSON.parse(`{${first.members}}`), JSON.parse(JSON.stringify(first.facts)));
});

for (const [what, change] of Object.entries(otherCalls))
  test(`another one (${what}) has its own`, () => {
    const of = rememberCalls(home);
    const other = { ...call, ...change };
    for (const asked of [call, other, call, other])
      assert.deepEqual(of(asked, origin).facts, factsOf(asked, origin, home));
  });

for (const [what, change] of Object.entries(otherOrigins))
  test(`one from elsewhere (${what}) has its own`, () => {
    const of = rememberCalls(home);
    const elsewhere = { ...origin, ...change };
    for (const from of [origin, elsewhere, origin, elsewhere])
      assert.deepEqual(of(call, from).facts, factsOf(call, from, home));
  });

test('what changes something, fails, or has more than texts for its input is not remembered', () => {
  const of = rememberCalls(home);
  for (const change of [
    { operation: 'PutImage' },
    { error: { code: 'DENIED', message: 'no' } },
    { input: { imageIds: [{ imageTag: 'v1' }] } },
  ])
    assert.notEqual(of({ ...call, ...change }, origin), of({ ...call, ...change }, origin));
});

test('names that a client makes up do not fill the memory', () => {
  const of = rememberCalls(home);
  const first = of(call, origin);
  for (let n = 0; n < 1000; n += 1) of({ ...call, input: { reference: `t${n}` } }, origin);
  assert.notEqual(of(call, origin), first);
});
