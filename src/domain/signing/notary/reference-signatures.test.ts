import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parseCose } from './cose.ts';
import { type CheckName, verifySignature } from './index.ts';
import { parseJws } from './jws.ts';

const vectors = new URL('../../../../test/vectors/notary/', import.meta.url);
const now = Date.parse('2022-08-01T00:00:00Z');

/** Verifies with the chain's own root as the anchor. */
function failures(file: string, time = now): CheckName[] {
  const envelope = readFileSync(new URL(file, vectors));
  const cose = file.endsWith('.cose');
  const root = (cose ? parseCose : parseJws)(envelope).chain.at(-1);
  assert.ok(root);
  const { checks } = verifySignature({
    envelope,
    mediaType: cose ? 'application/cose' : 'application/jose+json',
    trustAnchors: [{ type: file.startsWith('x509') ? 'ca' : 'signingAuthority', certDer: root }],
    trustedIdentities: ['x509.subject: C=US, ST=WA, O=Notary'],
    now: time,
  });
  return checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
}

describe('signatures of the reference implementation', () => {
  test('verify, as JWS and as COSE, of both schemes', () => {
    for (const file of ['x509.jws', 'x509.cose', 'signing-authority.jws'])
      assert.deepEqual(failures(file), [], file);
  });

  test('after their certificates ended are judged as the scheme says', () => {
    const late = Date.parse('2200-01-01T00:00:00Z');
    assert.ok(failures('x509.jws', late).includes('validity'));
    assert.ok(failures('x509.cose', late).includes('validity'));
    assert.ok(!failures('signing-authority.jws', late).includes('validity'));
  });

  test('that expired are refused', () => {
    assert.deepEqual(failures('signing-authority-expired.jws'), ['expiry']);
  });

  test('for a plugin that is not here are refused', () => {
    assert.deepEqual(failures('signing-authority-plugin.jws'), ['critical-attributes']);
  });

  test('that are no strict base64url are refused', () => {
    const result = verifySignature({
      envelope: readFileSync(new URL('signing-authority-invalid.jws', vectors)),
      mediaType: 'application/jose+json',
      trustAnchors: [],
      trustedIdentities: ['*'],
      now,
    });
    assert.equal(result.verified, false);
    assert.equal(result.checks[0]?.outcome, 'failed');
  });
});
