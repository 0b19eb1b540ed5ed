import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDomainError } from '../../errors.ts';
import { compilePolicy, type PolicyKind } from './index.ts';

const statement = { Effect: 'Allow', Action: 'ecr:PutImage', Resource: '*' };
const document = (...statements: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

function refuses(text: string, kind: PolicyKind, message: RegExp): void {
  assert.throws(
    () => compilePolicy(text, kind),
    (error) => {
      assert.ok(isDomainError(error, 'MalformedPolicy'), String(error));
      assert.match(error.message, message);
      return true;
    },
    text,
  );
}

describe('a document that is no policy is refused with what is wrong and where', () => {
  const with_ = (change: object) => document({ ...statement, ...change });
  const refused: readonly [what: string, text: string, message: RegExp][] = [
    ['no JSON', '{', /^Syntax errors in policy: .* line 1, column 2$/],
    ['a list', '[]', /must be an object/],
    ['more after the end', `${document(statement)} {}`, /line 1/],
    ['nothing inside', '{}', /Missing required field Statement/],
    ['no statement', document(), /Missing required field Statement/],
    ['a statement that is a text', '{"Statement":"x"}', /statement must be an object \(statement 1\)/],
    ['an unknown element', '{"Statement":[],"Statements":[]}', /unknown element "Statements"/],
    ['an unknown element inside', with_({ Actions: [] }), /unknown element "Actions" \(statement 1\)/],
    ['an element in other case', '{"statement":[]}', /unknown element "statement"/],
    ['an element twice', '{"Statement":[{"Effect":"Deny","Effect":"Allow"}]}', /"Effect" is there twice/],
    ['another version', '{"Version":"2020-01-01","Statement":[]}', /valid version string/],
    ['no effect', with_({ Effect: undefined }), /Missing required field Effect/],
    ['an effect in lower case', with_({ Effect: 'allow' }), /Invalid effect: "allow"/],
    ['no action', with_({ Action: undefined }), /must contain actions/],
    ['an empty list of actions', with_({ Action: [] }), /must contain actions/],
    ['an action without a service', with_({ Action: 'PutImage' }), /prefaced by a vendor/],
    ['an odd action', with_({ Action: 'ecr:Put Image' }), /Invalid action/],
    ['a number for an action', with_({ Action: [1] }), /Action takes texts/],
    ['both kinds of action', with_({ NotAction: 'ecr:*' }), /exclude each other/],
    ['no resource', with_({ Resource: undefined }), /must contain resources/],
    ['a resource that is a name', with_({ Resource: 'repository/x' }), /ARN format/],
    ['a principal in an identity policy', with_({ Principal: '*' }), /should not specify a principal/],
    [
      'Sids that are alike',
      document({ ...statement, Sid: 'A' }, { ...statement, Sid: 'A' }),
      /must be unique. \(statement 2\)/,
    ],
    ['a Sid with a blank', with_({ Sid: 'A b' }), /alpha-numeric/],
    ['an open variable', with_({ Resource: 'arn:aws:ecr:::${aws:username' }), /Invalid policy variable/],
    ['an empty variable', with_({ Resource: 'arn:aws:ecr:::${}' }), /Invalid policy variable/],
    [
      'a variable without a service',
      with_({ Resource: 'arn:aws:ecr:::${username}' }),
      /Invalid policy variable/,
    ],
    [
      'an unknown operator',
      with_({ Condition: { StringEqual: { 'aws:a': 'b' } } }),
      /Invalid condition operator "StringEqual"/,
    ],
    [
      'Null with IfExists',
      with_({ Condition: { NullIfExists: { 'aws:a': 'true' } } }),
      /Invalid condition operator/,
    ],
    ['a condition without a key', with_({ Condition: { StringEquals: 'x' } }), /must be an object/],
    [
      'a key without a service',
      with_({ Condition: { StringEquals: { SourceIp: 'x' } } }),
      /not a condition key/,
    ],
    [
      'a condition without values',
      with_({ Condition: { StringEquals: { 'aws:a': [] } } }),
      /must have a value/,
    ],
    [
      'no address',
      with_({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.256' } } }),
      /not an IP address/,
    ],
    ['no block', with_({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } }), /not an IP address/],
    ['no number', with_({ Condition: { NumericEquals: { 'aws:a': 'ten' } } }), /not a number/],
    ['no date', with_({ Condition: { DateLessThan: { 'aws:CurrentTime': 'today' } } }), /not a date/],
    ['no boolean', with_({ Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }), /not true or false/],
    ['no presence', with_({ Condition: { Null: { 'aws:a': 'no' } } }), /true or false/],
    ['no base64', with_({ Condition: { BinaryEquals: { 'aws:a': '?' } } }), /not base64/],
    ['too long', ' '.repeat(20_481), /more than 20480 characters/],
    ['too deep', '['.repeat(40), /levels deep/],
    ['too many statements', document(...Array.from({ length: 201 }, () => ({}))), /More than 200/],
    ['a value that is too long', with_({ Resource: `arn:aws:ecr:::${'x'.repeat(2050)}` }), /2048/],
  ];
  for (const [what, text, message] of refused) test(what, () => refuses(text, 'identity', message));
});

describe('a resource policy', () => {
  const own = { Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' };

  test('needs a principal, which is exact', () => {
    refuses(document({ ...own, Principal: undefined }), 'repository', /Missing required field Principal/);
    for (const principal of [
      'x',
      {},
      { AWS: [] },
      { AWS: '12345' },
      { AWS: 'arn:aws:iam::123456789012:user/*' },
      { AWS: 'arn:aws:sts::123456789012:assumed-role/r/*' },
      { Service: 'example.com' },
      { CanonicalUser: 'x' },
      { Federated: '*' },
      [],
    ])
      refuses(document({ ...own, Principal: principal }), 'repository', /rincipal/);
  });

  test('of a repository has no Resource, that of a registry must', () => {
    refuses(document({ ...own, Resource: '*' }), 'repository', /prohibited field Resource/);
    refuses(document(own), 'registry', /must contain resources/);
    assert.equal(compilePolicy(document({ ...own, Resource: '*' }), 'registry').statements.length, 1);
  });

  test('names actions of its own service alone', () => {
    refuses(document({ ...own, Action: 's3:GetObject' }), 'repository', /Vendor "s3" is not valid/);
    refuses(document({ ...own, Action: 'ecr:PutImage' }), 'trust', /STS AssumeRole actions/);
    refuses(document({ ...own, Action: '*' }), 'trust', /STS AssumeRole actions/);
    assert.ok(compilePolicy(document({ ...own, Action: 'sts:AssumeRole' }), 'trust'));
  });

  test('never allows everyone but a few', () => {
    const { Principal, ...others } = own;
    refuses(document({ ...others, NotPrincipal: Principal }), 'repository', /NotPrincipal/);
    assert.ok(compilePolicy(document({ ...others, Effect: 'Deny', NotPrincipal: Principal }), 'repository'));
  });
});

test('a document of either version, with one statement or many, is taken; keys that it asks for are told', () => {
  const one = JSON.stringify({ Id: 'x', Statement: statement });
  assert.equal(compilePolicy(one, 'identity').version, '2008-10-17');
  const many = compilePolicy(
    document(
      { ...statement, Sid: 'First' },
      {
        ...statement,
        Resource: 'arn:aws:ecr:*:*:repository/${aws:username}',
        Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': ['a', 'b'] } },
      },
    ),
    'boundary',
  );
  assert.deepEqual(
    many.statements.map(({ id }) => id),
    ['First', 'statement 2'],
  );
  assert.deepEqual(many.contextKeys, ['aws:username', 'aws:TagKeys']);
});
