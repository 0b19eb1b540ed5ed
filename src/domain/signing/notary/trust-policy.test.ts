import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeTestAuthority } from '../../../../test/helpers/signing-authority.ts';
import { fromPem } from '../../pki/index.ts';
import { trustStoreFiles, writeTrustPolicy } from './index.ts';

const statement = {
  name: 'release',
  registryScopes: ['localhost:5050/team/app', 'registry.example.com/app'],
  trustStore: 'sealport-123456789012',
  trustedIdentities: ['x509.subject: C=US, ST=WA, O=123456789012, OU=release_1, CN=sealport signer'],
};

describe('a trust policy', () => {
  test('is version 1.0 at level strict, over both kinds of store', () => {
    assert.deepEqual(JSON.parse(writeTrustPolicy([statement])), {
      version: '1.0',
      trustPolicies: [
        {
          name: 'release',
          registryScopes: statement.registryScopes,
          signatureVerification: { level: 'strict' },
          trustStores: ['signingAuthority:sealport-123456789012', 'ca:sealport-123456789012'],
          trustedIdentities: statement.trustedIdentities,
        },
      ],
    });
  });

  test('that verifiers would refuse is not written', () => {
    for (const [bad, message] of [
      [[], /no statement/],
      [[statement, statement], /used twice/],
      [[statement, { ...statement, name: 'b' }], /scope .* is used twice/],
      [[{ ...statement, name: '' }], /empty/],
      [[{ ...statement, trustStore: '../x' }], /no name of a trust store/],
      [[{ ...statement, registryScopes: [] }], /no scope/],
      [[{ ...statement, trustedIdentities: [] }], /no scope or no identity/],
      [[{ ...statement, registryScopes: ['*', 'a.example/b'] }], /beside other scopes/],
      [[{ ...statement, trustedIdentities: ['*', 'x509.subject: C=US'] }], /beside other identities/],
      [[{ ...statement, registryScopes: ['https://a.example/b'] }], /no repository/],
      [[{ ...statement, registryScopes: ['a.example/b:tag'] }], /no repository/],
    ] as const)
      assert.throws(() => writeTrustPolicy(bad), message);
  });
});

describe('trust store files', () => {
  test('hold the certificates under both kinds of store', async () => {
    const { rootDer } = await makeTestAuthority();
    const files = trustStoreFiles('acct', [{ name: 'root', certDer: rootDer }]);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['truststore/x509/signingAuthority/acct/root.crt', 'truststore/x509/ca/acct/root.crt'],
    );
    for (const { content } of files)
      assert.deepEqual(
        fromPem(content).map((der) => Buffer.from(der)),
        [Buffer.from(rootDer)],
      );
  });

  test('never leave the store by their name', () => {
    for (const name of ['a/b', '..', '.', '']) assert.throws(() => trustStoreFiles(name, []), TypeError);
    assert.throws(() => trustStoreFiles('a', [{ name: '../root', certDer: new Uint8Array(1) }]), TypeError);
  });
});
