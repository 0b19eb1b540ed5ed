import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { digestOf } from '../../shared/digest.ts';
import { DOWNLOAD_URL_LIFETIME_MS } from './download-urls.ts';
import {
  DOWNLOAD_PARAMETER,
  makeDownloadUrls,
  makeLoginTokens,
  makeSealedClaims,
  rootPrincipal,
} from './index.ts';

const registry = { accountId: '123456789012', region: 'eu-west-1' };
const digest = digestOf(Buffer.from('a layer'));
const name = 'team/app';

function setUp() {
  const state = { now: 1_700_000_000_000 };
  const clock = { now: () => state.now };
  const keys = [randomBytes(32)];
  const claims = makeSealedClaims(() => keys);
  const urls = makeDownloadUrls({ claims, clock });
  const url = new URL(urls.make('http://localhost:5050', registry, name, digest));
  return { state, clock, claims, urls, url, seal: url.searchParams.get(DOWNLOAD_PARAMETER) ?? '' };
}

test('an address opens its own blob for an hour', () => {
  const { state, urls, url, seal } = setUp();
  assert.equal(url.pathname, `/v2/${name}/blobs/${digest}`);
  assert.deepEqual(urls.check(seal, name, digest), { kind: 'good', registry });
  state.now += DOWNLOAD_URL_LIFETIME_MS;
  assert.deepEqual(urls.check(seal, name, digest), { kind: 'expired' });
});

test('no other blob, no other repository, nothing made by others', () => {
  const { urls, seal } = setUp();
  const other = digestOf(Buffer.from('another layer'));
  assert.deepEqual(urls.check(seal, name, other), { kind: 'bad' });
  assert.deepEqual(urls.check(seal, 'team/apq', digest), { kind: 'bad' });
  assert.deepEqual(urls.check(setUp().seal, name, digest), { kind: 'bad' });
  assert.deepEqual(urls.check('', name, digest), { kind: 'bad' });
});

test('a login token is no download address and an address is no login', async () => {
  const { urls, claims, clock, seal } = setUp();
  const principal = rootPrincipal(registry.accountId, 'AKIAEXAMPLEEXAMPLE00');
  const tokens = makeLoginTokens({
    claims,
    clock,
    findPrincipal: () => Promise.resolve(principal),
    rootSecret: 's',
  });
  assert.deepEqual(await tokens.check(seal), { kind: 'bad' });
  assert.deepEqual(urls.check(tokens.issue(principal, registry).password, name, digest), { kind: 'bad' });
});
