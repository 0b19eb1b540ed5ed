import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { CommandError } from './errors.ts';
import { readTrustDirectory, statementFor, writeTrustDirectory } from './trust-material.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sealport-trust-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const CERTIFICATE = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');

function statement(changes: object = {}): object {
  return {
    name: 'all',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: ['signingAuthority:acct'],
    trustedIdentities: ['*'],
    ...changes,
  };
}

function policy(...statements: object[]): string {
  return JSON.stringify({ version: '1.0', trustPolicies: statements });
}

function fill(policyText: string, store = 'signingAuthority/acct'): void {
  mkdirSync(join(directory, 'truststore', 'x509', store), { recursive: true });
  writeFileSync(join(directory, 'truststore', 'x509', store, 'root.crt'), CERTIFICATE);
  writeFileSync(join(directory, 'trustpolicy.json'), policyText);
}

describe('readTrustDirectory', () => {
  test('reads statements with the certificates of their stores', () => {
    fill(policy(statement()));
    const [first] = readTrustDirectory(directory).statements;
    assert.equal(first?.level, 'strict');
    assert.deepEqual(first?.stores, [
      { type: 'signingAuthority', name: 'acct', certificates: [CERTIFICATE] },
    ]);
  });

  const refused: readonly [what: string, text: string, reason: RegExp][] = [
    ['no JSON', '{', /is no JSON/],
    ['another version', '{"version":"2.0","trustPolicies":[{}]}', /version 1\.0/],
    ['no statement', policy(), /has no trustPolicies/],
    ['an unknown level', policy(statement({ signatureVerification: { level: 'loose' } })), /level must be/],
    [
      'a store outside the directory',
      policy(statement({ trustStores: ['ca:../../x'] })),
      /no trust store|ENOENT/,
    ],
    ['a store of an unknown type', policy(statement({ trustStores: ['pgp:x'] })), /is no trust store/],
    ['a store that is not there', policy(statement({ trustStores: ['ca:missing'] })), /ENOENT/],
    ['no scope', policy(statement({ registryScopes: [] })), /has no registryScopes/],
  ];
  for (const [what, text, reason] of refused)
    test(`refuses ${what}`, () => {
      fill(text);
      assert.throws(
        () => readTrustDirectory(directory),
        (error) => error instanceof CommandError && reason.test(error.message),
      );
    });

  test('refuses links in a store', () => {
    fill(policy(statement()));
    symlinkSync('/etc/hostname', join(directory, 'truststore/x509/signingAuthority/acct/other.crt'));
    assert.throws(() => readTrustDirectory(directory), /only certificate files/);
  });
});

describe('statementFor', () => {
  test('prefers the statement that names the repository', () => {
    fill(policy(statement(), statement({ name: 'one', registryScopes: ['r.example.com/app'] })));
    const material = readTrustDirectory(directory);
    assert.equal(statementFor(material, 'r.example.com/app')?.name, 'one');
    assert.equal(statementFor(material, 'r.example.com/app2')?.name, 'all');
  });

  test('gives none when no statement is meant', () => {
    fill(policy(statement({ registryScopes: ['r.example.com/app'] })));
    assert.equal(statementFor(readTrustDirectory(directory), 'r.example.com/other'), undefined);
  });
});

describe('writeTrustDirectory', () => {
  test('writes what readTrustDirectory reads', () => {
    fill(policy(statement({ trustStores: ['signingAuthority:acct'] })));
    const material = readTrustDirectory(directory);
    const target = join(directory, 'out', 'notation');
    const files = writeTrustDirectory(target, material, false);
    assert.deepEqual(files, [
      join(target, 'trustpolicy.json'),
      join(target, 'truststore/x509/signingAuthority/acct/root.crt'),
    ]);
    assert.deepEqual(readTrustDirectory(target), material);
    assert.equal(statSync(join(target, 'trustpolicy.json')).mode & 0o777, 0o600);
  });

  test('leaves a different file alone unless forced', () => {
    fill(policy(statement()));
    const material = readTrustDirectory(directory);
    const target = join(directory, 'out');
    mkdirSync(target);
    writeFileSync(join(target, 'trustpolicy.json'), '{}');
    assert.throws(() => writeTrustDirectory(target, material, false), /exists with other content/);
    assert.equal(readFileSync(join(target, 'trustpolicy.json'), 'utf8'), '{}');
    writeTrustDirectory(target, material, true);
    assert.deepEqual(readTrustDirectory(target), material);
    assert.doesNotThrow(() => writeTrustDirectory(target, material, false));
  });
});
