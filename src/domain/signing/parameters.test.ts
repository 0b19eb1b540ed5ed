import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDomainError } from '../errors.ts';
import { checkParameters } from './parameters.ts';

test('no parameters mean the documented defaults', () => {
  assert.deepEqual(checkParameters({}), {
    scheme: 'notary.x509.signingAuthority',
    envelope: 'jws',
    revocation: 'none',
    leaf: 'per-signature',
  });
});

test('own keys choose, foreign keys are kept and mean nothing', () => {
  const given = { signingScheme: 'notary.x509', envelope: 'cose', leaf: 'per-profile', team: 'payments' };
  assert.deepEqual(checkParameters(given), {
    scheme: 'notary.x509',
    envelope: 'cose',
    revocation: 'none',
    leaf: 'per-profile',
  });
});

test('values of own keys that mean nothing are refused with what is allowed', () => {
  for (const [parameters, text] of [
    [{ signingScheme: 'x509' }, /signingScheme must be one of: notary\.x509\.signingAuthority, notary\.x509/],
    [{ envelope: 'JWS' }, /envelope must be one of: jws, cose/],
    [{ leaf: '' }, /leaf must be one of/],
    [{ revocation: 'crl' }, /revocation must be one of: none/],
    [{ revocation: 'ocsp+crl' }, /not offered yet/],
  ] as const)
    assert.throws(
      () => checkParameters(parameters),
      (error) => isDomainError(error, 'Validation') && text.test(error.message),
    );
});

test('a map that grows without bound is refused', () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v']));
  for (const parameters of [many, { ['k'.repeat(129)]: 'v' }, { k: 'v'.repeat(1025) }, { '': 'v' }])
    assert.throws(
      () => checkParameters(parameters),
      (error) => isDomainError(error, 'Validation'),
    );
});
