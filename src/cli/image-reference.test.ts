import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { UsageError } from './errors.ts';
import { parseImageReference } from './image-reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('parseImageReference', () => {
  const good: readonly [text: string, parsed: object][] = [
    ['app', { repositoryName: 'app', tag: 'latest' }],
    ['team/app:v1', { repositoryName: 'team/app', tag: 'v1' }],
    [`team/app@${DIGEST}`, { repositoryName: 'team/app', digest: DIGEST }],
    [`app:v1@${DIGEST}`, { repositoryName: 'app', tag: 'v1', digest: DIGEST }],
    ['localhost/app', { host: 'localhost', repositoryName: 'app', tag: 'latest' }],
    ['localhost:5050/team/app:v1', { host: 'localhost:5050', repositoryName: 'team/app', tag: 'v1' }],
    [
      '1.dkr.ecr.us-east-1.example.com/app',
      { host: '1.dkr.ecr.us-east-1.example.com', repositoryName: 'app', tag: 'latest' },
    ],
  ];
  for (const [text, parsed] of good)
    test(`reads ${text.replace(/a{64}/, '…')}`, () => assert.deepEqual(parseImageReference(text), parsed));

  for (const text of [
    '',
    'A',
    'App',
    'app:',
    'app:-x',
    'app@sha256:12',
    'app@',
    'a/../b',
    'localhost:5050/',
    `x${'y'.repeat(2000)}`,
    'app:v1:v2',
  ])
    test(`refuses ${JSON.stringify(text.slice(0, 20))}`, () =>
      assert.throws(() => parseImageReference(text), UsageError));
});
