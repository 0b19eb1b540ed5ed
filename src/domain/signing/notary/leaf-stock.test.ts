import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import {
  makeTestAuthority,
  type TestAuthority,
  testNow,
  testProfile,
} from '../../../../test/helpers/signing-authority.ts';
import { makeEphemeralKey } from '../../../adapters/keys/ephemeral.ts';
import { type KeyHandle, KeyUnavailableError, leafSubject, parseCertificate } from '../../pki/index.ts';
import { type LeafOrder, type LeafStock, makeLeafStock } from './leaf-stock.ts';

const minute = 60;
const month = 30 * 86_400;
const now = testNow / 1000;
const subject = leafSubject(testProfile.accountId, testProfile.profileName);
const message = Buffer.from('message');

let authority: TestAuthority;
let stock: LeafStock;
let made: KeyHandle[];

beforeEach(async () => {
  authority = await makeTestAuthority();
  made = [];
  stock = makeLeafStock({
    makeKey: () => {
      const key = makeEphemeralKey();
      made.push(key);
      return key;
    },
    openKey: (stored) => authority.keys.open(stored),
  });
});

function order(changes: Partial<LeafOrder> = {}): LeafOrder {
  const { key, certDer } = authority.intermediate;
  const issuer = parseCertificate(certDer);
  return { issuer, issuerKey: key, subject, signingTime: now, notAfter: now + month, ...changes };
}

async function prepareAll(): Promise<void> {
  for (let steps = 0; await stock.prepare(); steps += 1) assert.ok(steps < 1000, 'it never ends');
}

/** How many keys can still sign. */
async function openKeys(): Promise<number> {
  const outcomes = await Promise.allSettled(made.map((key) => key.sign(message)));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') assert.ok(outcome.reason instanceof KeyUnavailableError);
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
}

test('nothing is made ahead of the first signature', async () => {
  assert.equal(await stock.prepare(), false);
  assert.equal(made.length, 0);
});

test('a leaf that was made ahead is checked, belongs to its key and is given once', async () => {
  const first = await stock.take(order());
  assert.equal(first.checked, false);
  assert.equal(first.certificate.notAfter, testNow + month * 1000);
  await prepareAll();
  const before = made.length;
  const leaves = [];
  for (let i = 0; i < 8; i += 1) leaves.push(await stock.take(order({ signingTime: now + i })));
  assert.equal(made.length, before, 'all of them were ready');
  assert.equal(new Set(leaves.map(({ certificate }) => certificate.serialHex)).size, 8);
  assert.equal(new Set(leaves.map(({ key }) => key)).size, 8);
  for (const leaf of leaves) {
    assert.equal(leaf.checked, true);
    assert.ok(leaf.certificate.signedBy(order().issuer.publicKey));
    assert.deepEqual(Buffer.from(leaf.certificate.spki), Buffer.from(leaf.key.publicKeySpki()));
    assert.ok(leaf.certificate.notBefore <= testNow);
    assert.equal(leaf.certificate.notAfter, testNow + (month + 15 * minute) * 1000);
  }
  const next = await stock.take(order());
  assert.equal(next.checked, false, 'the stock was empty');
});

test('each step makes one thing, so that a signature never waits for several', async () => {
  await stock.take(order());
  assert.equal(made.length, 1);
  await stock.prepare();
  assert.equal(made.length, 2, 'a key');
  await stock.prepare();
  const issued = await stock.take(order());
  assert.equal(issued.checked, false, 'issued, and not checked yet');
  assert.equal(issued.key, made[1]);
  assert.equal(made.length, 2);
});

for (const [what, changes] of [
  ['a signature a quarter of an hour later', { signingTime: now + 15 * minute + 1 }],
  ['a signature before', { signingTime: now - 1 }],
  ['one that ends earlier', { notAfter: now + month - 1 }],
  ['one that ends much later', { notAfter: now + month + 15 * minute + 1 }],
] as const)
  test(`${what} gets a leaf of its own, and those that were ready are gone`, async () => {
    const first = await stock.take(order());
    first.key.destroy();
    await prepareAll();
    const leaf = await stock.take(order(changes));
    assert.equal(leaf.checked, false);
    assert.equal(leaf.certificate.notAfter, (changes.notAfter ?? now + month) * 1000);
    // Its own; a spare key has no certificate yet.
    leaf.key.destroy();
    assert.ok((await openKeys()) <= 1);
  });

for (const what of ['issuer', 'key', 'subject'] as const)
  test(`another ${what} never gets a leaf that was made for this one`, async () => {
    await stock.take(order());
    await prepareAll();
    const other = await makeTestAuthority();
    const issuer = parseCertificate(other.intermediate.certDer);
    const issuerKey = await authority.keys.create('P-384');
    const changes = {
      issuer: { issuer, issuerKey: authority.intermediate.key },
      key: { issuerKey },
      subject: { subject: leafSubject(testProfile.accountId, 'another') },
    }[what];
    assert.equal((await stock.take(order(changes))).checked, false);
    assert.equal((await stock.take(order())).checked, true);
  });

test('leaves of profiles that were not used for long go with the next signature, whose ever it is', async () => {
  const first = await stock.take(order());
  first.key.destroy();
  await prepareAll();
  assert.ok((await openKeys()) >= 8);
  const other = leafSubject(testProfile.accountId, 'another');
  const leaf = await stock.take(order({ subject: other, signingTime: now + 16 * minute }));
  leaf.key.destroy();
  assert.ok((await openKeys()) <= 1);
});

test('the stock is bounded, whatever the number of profiles', async () => {
  for (let i = 0; i < 20; i += 1) {
    const leaf = await stock.take(order({ subject: leafSubject(testProfile.accountId, `profile_${i}`) }));
    leaf.key.destroy();
  }
  await prepareAll();
  assert.ok((await openKeys()) <= 16 * 8 + 1);
  const newest = await stock.take(order({ subject: leafSubject(testProfile.accountId, 'profile_19') }));
  assert.equal(newest.checked, true);
  const oldest = await stock.take(order({ subject: leafSubject(testProfile.accountId, 'profile_0') }));
  assert.equal(oldest.checked, false);
});

test('clearing leaves no key open', async () => {
  const leaf = await stock.take(order());
  await prepareAll();
  leaf.key.destroy();
  stock.clear();
  assert.equal(await openKeys(), 0);
  assert.equal(await stock.prepare(), false);
});

test('a fault while making ahead harms nobody: the next signature meets it itself', async () => {
  let broken = false;
  stock = makeLeafStock({
    makeKey: makeEphemeralKey,
    openKey: (stored) =>
      broken ? Promise.reject(new KeyUnavailableError('gone')) : authority.keys.open(stored),
  });
  await stock.take(order());
  broken = true;
  await prepareAll();
  await assert.rejects(stock.take(order()), KeyUnavailableError);
  assert.equal(await stock.prepare(), false, 'nothing is made ahead of a signature that cannot be made');
  broken = false;
  await stock.take(order());
  assert.equal(await stock.prepare(), true);
});
