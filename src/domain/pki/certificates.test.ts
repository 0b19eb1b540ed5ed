import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { fromBER } from 'asn1js';
import { Certificate as LibraryCertificate } from 'pkijs';
import {
  makeTestAuthority,
  type TestAuthority,
  testNow,
  testProfile,
} from '../../../test/helpers/signing-authority.ts';
import { makeEphemeralKey } from '../../adapters/keys/ephemeral.ts';
import {
  type Certificate,
  CertificateLintError,
  chainValidityProblem,
  codeSigningChainProblem,
  createIntermediate,
  createRoot,
  DerError,
  fromPem,
  issueCertificate,
  LintedCertificate,
  leafSubject,
  makeLeafTemplate,
  newSerialNumber,
  parseCertificate,
  toPem,
} from './index.ts';

const day = 86_400_000;
const subject = leafSubject(testProfile.accountId, testProfile.profileName);
let authority: TestAuthority;
let intermediate: Certificate;

before(async () => {
  authority = await makeTestAuthority();
  intermediate = parseCertificate(authority.intermediate.certDer);
});

async function issueLeaf(notBefore = testNow - 60_000, notAfter = testNow + day): Promise<Uint8Array> {
  const key = makeEphemeralKey();
  const template = makeLeafTemplate(intermediate, subject);
  const linted = template.prepare({
    spki: key.publicKeySpki(),
    serial: newSerialNumber(),
    notBefore,
    notAfter,
  });
  return issueCertificate(linted, await authority.keys.open(authority.intermediate.key));
}

describe('issued certificates', () => {
  test('are a sound chain for code signing, by our rules and by OpenSSL', async () => {
    const chain = [await issueLeaf(), authority.intermediate.certDer, authority.rootDer];
    assert.equal(codeSigningChainProblem(chain.map(parseCertificate)), undefined);
    const [leaf, middle, root] = chain.map((der) => new X509Certificate(der));
    assert.ok(leaf && middle && root);
    assert.ok(leaf.checkIssued(middle) && middle.checkIssued(root) && root.checkIssued(root));
    assert.ok(leaf.verify(middle.publicKey) && middle.verify(root.publicKey) && root.verify(root.publicKey));
    assert.deepEqual([leaf.ca, middle.ca, root.ca], [false, true, true]);
    assert.equal(leaf.subject, 'C=US\nST=WA\nO=123456789012\nOU=release_1\nCN=sealport signer');
    assert.equal(
      middle.subject,
      'C=US\nST=WA\nO=123456789012\nOU=release_1\nCN=sealport intermediate Ab12345678',
    );
    assert.equal(root.subject, 'C=US\nST=WA\nO=123456789012\nCN=sealport root 123456789012');
    assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.3']);
    assert.match(leaf.serialNumber, /^[4-7][0-9A-F]{31}$/);
  });

  test('read the same in another library', async () => {
    const der = await issueLeaf();
    const library = new LibraryCertificate({ schema: fromBER(Uint8Array.from(der).buffer).result });
    const own = parseCertificate(der);
    assert.equal(library.notBefore.value.getTime(), own.notBefore);
    assert.equal(library.notAfter.value.getTime(), own.notAfter);
    assert.equal(Buffer.from(library.serialNumber.valueBlock.valueHexView).toString('hex'), own.serialHex);
    assert.deepEqual(
      library.extensions?.map(({ extnID, critical }) => [extnID, critical]),
      Array.from(own.extensions, ([oid, { critical }]) => [oid, critical]),
    );
    assert.deepEqual(Buffer.from(library.toSchema(true).toBER()), Buffer.from(der));
  });

  test('of a CA outlive the longest signature, and use the long form of time from 2050', () => {
    const root = parseCertificate(authority.rootDer);
    assert.ok(intermediate.notAfter - testNow > (135 / 12) * 366 * day);
    assert.ok(root.notAfter >= intermediate.notAfter);
    assert.ok(new Date(root.notAfter).getUTCFullYear() >= 2050);
    assert.equal(new X509Certificate(authority.rootDer).validToDate.getTime(), root.notAfter);
  });

  test('an intermediate made late ends with its root', async () => {
    const root = parseCertificate(authority.rootDer);
    const { notAfter } = await createIntermediate({
      ...testProfile,
      root: { certDer: authority.rootDer, key: authority.rootKey },
      publicKey: authority.intermediate.key.publicKey,
      now: root.notAfter - day,
      revocation: { kind: 'none' },
    });
    assert.equal(notAfter, root.notAfter);
  });

  test('are refused when the root key is not that of the root certificate', async () => {
    await assert.rejects(
      createIntermediate({
        ...testProfile,
        root: { certDer: authority.rootDer, key: makeEphemeralKey() },
        publicKey: authority.intermediate.key.publicKey,
        now: testNow,
        revocation: { kind: 'none' },
      }),
      CertificateLintError,
    );
  });

  test('refuse subjects that no verifier could name', async () => {
    for (const bad of ['', 'x'.repeat(65), 'a\nb', ' a'])
      await assert.rejects(createRoot({ accountId: bad, key: makeEphemeralKey(), now: testNow }), TypeError);
    assert.throws(() => makeLeafTemplate(intermediate, { ...subject, country: 'us' }), TypeError);
  });

  test('are valid at both ends of their validity and not a second beyond', async () => {
    const leaf = parseCertificate(await issueLeaf());
    for (const [time, valid] of [
      [leaf.notBefore, true],
      [leaf.notAfter, true],
      [leaf.notBefore - 1000, false],
      [leaf.notAfter + 1000, false],
    ] as const)
      assert.equal(chainValidityProblem([leaf], time) === undefined, valid);
  });

  test('survive PEM', () => {
    const pem = toPem(authority.rootDer) + toPem(authority.intermediate.certDer);
    assert.deepEqual(
      fromPem(pem).map((der) => Buffer.from(der)),
      [Buffer.from(authority.rootDer), Buffer.from(authority.intermediate.certDer)],
    );
    assert.deepEqual(fromPem('no certificate'), []);
  });
});

describe('the lint before a key', () => {
  test('refuses a leaf that is not inside the validity of its issuer', async () => {
    await assert.rejects(issueLeaf(intermediate.notBefore - 1000, testNow), /not inside the issuing/);
    await assert.rejects(issueLeaf(testNow, intermediate.notAfter + 1000), /not inside the issuing/);
    await assert.rejects(issueLeaf(testNow, testNow), /ends before it begins/);
  });

  test('refuses every other kind of certificate than the one that is meant', async () => {
    const leaf = parseCertificate(await issueLeaf());
    const root = parseCertificate(authority.rootDer);
    assert.throws(() => LintedCertificate.of(leaf.tbs, { kind: 'root' }), CertificateLintError);
    assert.throws(
      () => LintedCertificate.of(leaf.tbs, { kind: 'intermediate', issuer: intermediate }),
      CertificateLintError,
    );
    assert.throws(() => LintedCertificate.of(leaf.tbs, { kind: 'leaf', issuer: root }), CertificateLintError);
    assert.throws(
      () => LintedCertificate.of(intermediate.tbs, { kind: 'leaf', issuer: root }),
      CertificateLintError,
    );
    assert.throws(
      () => LintedCertificate.of(root.tbs, { kind: 'intermediate', issuer: root }),
      CertificateLintError,
    );
    assert.throws(() => LintedCertificate.of(leaf.tbs, { kind: 'leaf', issuer: leaf }), CertificateLintError);
  });

  test('refuses bad serial numbers and keys', () => {
    const template = makeLeafTemplate(intermediate, subject);
    const good = {
      spki: makeEphemeralKey().publicKeySpki(),
      serial: newSerialNumber(),
      notBefore: testNow,
      notAfter: testNow + day,
    };
    template.prepare(good);
    assert.throws(() => template.prepare({ ...good, serial: new Uint8Array(16) }), /serial number/);
    assert.throws(
      () => template.prepare({ ...good, serial: new Uint8Array(16).fill(0xff) }),
      /serial number/,
    );
    assert.throws(() => template.prepare({ ...good, serial: good.serial.subarray(1) }), /serial number/);
    assert.throws(() => template.prepare({ ...good, spki: good.spki.subarray(1) }), CertificateLintError);
  });

  test('lets a certificate be signed once', async () => {
    const key = await authority.keys.open(authority.intermediate.key);
    const linted = makeLeafTemplate(intermediate, subject).prepare({
      spki: makeEphemeralKey().publicKeySpki(),
      serial: newSerialNumber(),
      notBefore: testNow,
      notAfter: testNow + day,
    });
    await issueCertificate(linted, key);
    await assert.rejects(issueCertificate(linted, key), /once only/);
  });
});

describe('reading a certificate', () => {
  test('refuses every cut, every added byte and every other spelling of a length', async () => {
    const der = await issueLeaf();
    for (let length = 0; length < der.length; length++)
      assert.throws(() => parseCertificate(der.subarray(0, length)), DerError, `cut to ${length}`);
    assert.throws(() => parseCertificate(Buffer.concat([der, new Uint8Array(1)])), DerError);
    const longer = Buffer.concat([Uint8Array.of(0x30, 0x83, 0), der.subarray(2)]);
    assert.throws(() => parseCertificate(longer), DerError);
  });

  test('never accepts a changed byte as the same chain', async () => {
    const der = await issueLeaf();
    const rest = [intermediate, parseCertificate(authority.rootDer)];
    for (let i = 0; i < der.length; i++) {
      const changed = Uint8Array.from(der);
      changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
      let problem: string | undefined;
      try {
        problem = codeSigningChainProblem([parseCertificate(changed), ...rest]);
      } catch (error) {
        assert.ok(error instanceof DerError, `byte ${i}: ${String(error)}`);
        continue;
      }
      assert.notEqual(problem, undefined, `byte ${i}`);
    }
  });
});
