import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import {
  makeSigningRequest,
  makeTestAuthority,
  type TestAuthority,
  testArtifact,
  testNow,
  testProfile,
} from '../../../../test/helpers/signing-authority.ts';
import { makeEphemeralKey } from '../../../adapters/keys/ephemeral.ts';
import {
  issueCertificate,
  leafSubject,
  makeLeafTemplate,
  newSerialNumber,
  parseCertificate,
  trustedIdentity,
} from '../../pki/index.ts';
import {
  type CheckName,
  type MadeSignature,
  makeReferrer,
  makeSignatureRecipe,
  SignatureMakerError,
  type SigningRequest,
  type Verification,
  type VerificationInput,
  verifySignature,
} from './index.ts';

const seconds = testNow / 1000;
const subject = leafSubject(testProfile.accountId, testProfile.profileName);
const plugin = {
  verificationPlugin: 'com.amazonaws.signer.notation.plugin',
  signingProfileVersion: 'arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_1/Ab12345678',
  signingJob: 'arn:aws:signer:us-east-1:123456789012:/signing-jobs/job-1',
} as const;
let authority: TestAuthority;
let other: TestAuthority;
let make: (request: SigningRequest) => Promise<MadeSignature>;

before(async () => {
  [authority, other] = await Promise.all([makeTestAuthority(), makeTestAuthority()]);
  ({ make } = makeSignatureRecipe({ keys: authority.keys, makeLeafKey: makeEphemeralKey }));
});

function inputFor(made: MadeSignature, changes: Partial<VerificationInput> = {}): VerificationInput {
  return {
    envelope: made.envelope,
    mediaType: made.mediaType,
    trustAnchors: [
      { type: 'signingAuthority', certDer: authority.rootDer },
      { type: 'ca', certDer: authority.rootDer },
    ],
    trustedIdentities: [trustedIdentity(subject)],
    artifact: testArtifact,
    now: testNow + 1000,
    ...changes,
  };
}

function failedChecks({ checks }: Verification): CheckName[] {
  return checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
}

for (const envelope of ['jws', 'cose'] as const) {
  for (const scheme of ['notary.x509.signingAuthority', 'notary.x509'] as const) {
    describe(`a signature as ${envelope} of scheme ${scheme}`, () => {
      const request = (changes: Partial<SigningRequest> = {}) =>
        makeSigningRequest(authority, { envelope, scheme, ...changes });

      test('verifies, and says what it signs', async () => {
        const made = await make(request({ expiry: seconds + 60 }));
        const result = verifySignature(inputFor(made));
        assert.deepEqual(failedChecks(result), []);
        assert.equal(result.verified, true);
        assert.equal(result.facts?.scheme, scheme);
        assert.equal(result.facts.signingTime, testNow);
        assert.equal(result.facts.expiry, testNow + 60_000);
        assert.deepEqual(result.facts.target, testArtifact);
        assert.deepEqual(result.facts.thumbprints, made.thumbprints);
        assert.equal(made.thumbprints.length, 3);
        assert.equal(result.facts.leaf?.serialHex, made.serialHex);
        assert.equal(made.leafNotAfter, seconds + 30 * 86_400);
      });

      test('is refused after any change of a byte', async () => {
        const made = await make(request({ expiry: seconds + 60 }));
        const target = inputFor(made);
        for (let i = 0; i < made.envelope.length; i++) {
          const changed = Uint8Array.from(made.envelope);
          changed[i] = (changed[i] ?? 0) ^ (1 << (i % 8));
          assert.equal(verifySignature({ ...target, envelope: changed }).verified, false, `byte ${i}`);
        }
      });

      test('is refused when it is cut or longer', async () => {
        const made = await make(request());
        for (let length = 0; length < made.envelope.length; length += 7) {
          const result = verifySignature(inputFor(made, { envelope: made.envelope.subarray(0, length) }));
          assert.deepEqual(failedChecks(result), ['envelope']);
        }
        const longer = Buffer.concat([made.envelope, Uint8Array.of(0)]);
        assert.deepEqual(failedChecks(verifySignature(inputFor(made, { envelope: longer }))), ['envelope']);
      });

      test('is refused for another artifact', async () => {
        const made = await make(request());
        for (const artifact of [
          { ...testArtifact, digest: `sha256:${'cd'.repeat(32)}` },
          { ...testArtifact, size: testArtifact.size + 1 },
          { ...testArtifact, mediaType: 'application/vnd.oci.image.index.v1+json' },
          { ...testArtifact, annotations: { wanted: 'yes' } },
        ])
          assert.deepEqual(failedChecks(verifySignature(inputFor(made, { artifact }))), ['payload']);
      });

      test('carries user annotations', async () => {
        const annotations = { wanted: 'yes', other: '1' };
        const made = await make(
          request({ subject: { kind: 'descriptor', descriptor: { ...testArtifact, annotations } } }),
        );
        const check = (wanted: Record<string, string>) =>
          failedChecks(
            verifySignature(inputFor(made, { artifact: { ...testArtifact, annotations: wanted } })),
          );
        assert.deepEqual(check({ wanted: 'yes' }), []);
        assert.deepEqual(check({ wanted: 'no' }), ['payload']);
      });

      test('needs a trust anchor of the right kind; root or intermediate will do', async () => {
        const made = await make(request());
        const right = scheme === 'notary.x509' ? 'ca' : 'signingAuthority';
        const wrong = scheme === 'notary.x509' ? 'signingAuthority' : 'ca';
        const check = (trustAnchors: VerificationInput['trustAnchors']) =>
          failedChecks(verifySignature(inputFor(made, { trustAnchors })));
        assert.deepEqual(check([{ type: right, certDer: authority.rootDer }]), []);
        assert.deepEqual(check([{ type: right, certDer: authority.intermediate.certDer }]), []);
        assert.deepEqual(check([{ type: wrong, certDer: authority.rootDer }]), ['trust-store']);
        assert.deepEqual(check([{ type: right, certDer: other.rootDer }]), ['trust-store']);
        assert.deepEqual(check([]), ['trust-store']);
      });

      test('is refused after its expiry', async () => {
        const made = await make(request({ expiry: seconds + 60 }));
        assert.deepEqual(failedChecks(verifySignature(inputFor(made, { now: testNow + 60_000 }))), []);
        assert.deepEqual(failedChecks(verifySignature(inputFor(made, { now: testNow + 60_001 }))), [
          'expiry',
        ]);
      });

      test('after the leaf ended is judged as the scheme says', async () => {
        const made = await make(request());
        const late = verifySignature(inputFor(made, { now: testNow + 31 * 86_400_000 }));
        assert.deepEqual(failedChecks(late), scheme === 'notary.x509' ? ['validity'] : []);
      });

      test('for the AWS plugin verifies here by subject, profile and profile version', async () => {
        const made = await make(request({ pluginAttributes: plugin }));
        const profile = plugin.signingProfileVersion.replace(/\/[^/]+$/, '');
        for (const identity of [trustedIdentity(subject), plugin.signingProfileVersion, profile])
          assert.deepEqual(
            failedChecks(verifySignature(inputFor(made, { trustedIdentities: [identity] }))),
            [],
          );
        const result = verifySignature(inputFor(made, { trustedIdentities: [`${profile}x`] }));
        assert.deepEqual(failedChecks(result), ['identity']);
      });
    });
  }
}

describe('identities', () => {
  const base = 'C=US, ST=WA, O=123456789012';
  for (const [identity, matches] of [
    [`x509.subject: ${base}`, true],
    [`x509.subject:${base},OU=release_1,CN=sealport signer`, true],
    ['x509.subject: S=WA, C=US, O=123456789012', true],
    [`x509.subject: ${base}, CN=sealport\\20signer`, true],
    [`x509.subject: ${base}, OU=release_2`, false],
    [`x509.subject: ${base}, OU=Release_1`, false],
    [`x509.subject: ${base}, L=Seattle`, false],
    ['x509.subject: C=US, ST=WA', false],
    [`x509.subject: ${base}, O=123456789012`, false],
    [`x509.subject: ${base}+OU=release_1`, false],
    ['x509.subject: ', false],
    ['x509.subject: C=US, ST=WA, O=#31', false],
    [base, false],
    ['*', true],
  ] as const)
    test(`${identity} ${matches ? 'matches' : 'does not match'}`, async () => {
      const made = await make(makeSigningRequest(authority));
      const result = verifySignature(inputFor(made, { trustedIdentities: [identity] }));
      assert.deepEqual(failedChecks(result), matches ? [] : ['identity']);
    });
});

describe('a request', () => {
  const refused = (changes: Partial<SigningRequest>, code: string, message?: RegExp) =>
    assert.rejects(make(makeSigningRequest(authority, changes)), (error) => {
      assert.ok(error instanceof SignatureMakerError);
      assert.equal(error.code, code);
      assert.equal(error.retryable, code !== 'INVALID_REQUEST');
      if (message) assert.match(error.message, message);
      return true;
    });

  test('with a payload is signed over exactly those bytes', async () => {
    const bytes = Buffer.from(`{ "targetArtifact" : ${JSON.stringify(testArtifact)} }\n`);
    const made = await make(makeSigningRequest(authority, { subject: { kind: 'payload', bytes } }));
    const envelope = JSON.parse(Buffer.from(made.envelope).toString()) as { payload: string };
    assert.equal(envelope.payload, bytes.toString('base64url'));
    assert.deepEqual(made.target, testArtifact);
  });

  test('with a bad payload is refused for good', async () => {
    for (const text of [
      '',
      '{',
      '[]',
      '{}',
      '{"targetArtifact":[]}',
      '{"targetArtifact":{"mediaType":"a/b","digest":"sha256:00","size":1}}',
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, size: -1 })}}`,
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, size: 1.5 })}}`,
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, mediaType: 'x' })}}`,
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, annotations: { a: 1 } })}}`,
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, Digest: testArtifact.digest })}}`,
      `{"targetArtifact":${JSON.stringify(testArtifact)},"TargetArtifact":${JSON.stringify(testArtifact)}}`,
      `{"targetArtifact":${JSON.stringify({ ...testArtifact, annotations: { 'io.cncf.notary.x': '1' } })}}`,
      `{"targetArtifact":${JSON.stringify(testArtifact)}}${' '.repeat(70_000)}`,
    ])
      await refused({ subject: { kind: 'payload', bytes: Buffer.from(text) } }, 'INVALID_REQUEST');
    await refused(
      { subject: { kind: 'payload', bytes: Uint8Array.of(0xff, 0xfe) } },
      'INVALID_REQUEST',
      /UTF-8/,
    );
  });

  test('with impossible times is refused for good', async () => {
    await refused({ signingTime: seconds + 0.5 }, 'INVALID_REQUEST');
    await refused({ expiry: seconds }, 'INVALID_REQUEST');
    await refused({ signingTime: Number.NaN }, 'INVALID_REQUEST');
  });

  test('with a key that is not the intermediate’s makes nothing', async () => {
    const key = await authority.keys.create('P-384');
    await refused(
      { intermediate: { ...authority.intermediate, key } },
      'SELF_CHECK_FAILED',
      /certificate-chain/,
    );
  });

  test('with a key of another store says that the key is not available', async () => {
    await refused({ intermediate: other.intermediate }, 'KEY_UNAVAILABLE');
  });

  test('before or after the intermediate’s time makes nothing', async () => {
    await refused(
      { signingTime: seconds - 86_400, leaf: leafUntil(seconds + 60) },
      'SELF_CHECK_FAILED',
      /validity/,
    );
    const end = parseCertificate(authority.intermediate.certDer).notAfter / 1000;
    await refused({ signingTime: end + 3600, leaf: leafUntil(end + 7200) }, 'INTERNAL', /leaf certificate/);
  });

  test('whose leaf would outlive the intermediate gets a leaf that ends with it', async () => {
    const end = parseCertificate(authority.intermediate.certDer).notAfter / 1000;
    const made = await make(makeSigningRequest(authority, { leaf: leafUntil(end + 3600) }));
    assert.equal(made.leafNotAfter, end);
  });

  test('may name a leaf of the profile, which then signs again and again', async () => {
    const key = await authority.keys.create('P-384');
    const issuer = parseCertificate(authority.intermediate.certDer);
    const certDer = await issueCertificate(
      makeLeafTemplate(issuer, subject).prepare({
        spki: key.publicKey,
        serial: newSerialNumber(),
        notBefore: testNow - 60_000,
        notAfter: testNow + 86_400_000,
      }),
      await authority.keys.open(authority.intermediate.key),
    );
    const made = await Promise.all(
      ['a', 'b'].map((jobId) =>
        make(makeSigningRequest(authority, { jobId, leaf: { kind: 'per-profile', key, certDer } })),
      ),
    );
    assert.equal(made[0]?.serialHex, made[1]?.serialHex);
    for (const signature of made) assert.deepEqual(failedChecks(verifySignature(inputFor(signature))), []);
  });

  function leafUntil(notAfter: number): SigningRequest['leaf'] {
    return { kind: 'per-signature', subject, notAfter };
  }
});

test('each signature has a key, a certificate and a serial number of its own', async () => {
  const made = await Promise.all(Array.from({ length: 5 }, () => make(makeSigningRequest(authority))));
  assert.equal(new Set(made.map(({ serialHex }) => serialHex)).size, 5);
  const keys = made.map(({ leafDer }) => Buffer.from(parseCertificate(leafDer).spki).toString('hex'));
  assert.equal(new Set(keys).size, 5);
});

for (const envelope of ['jws', 'cose'] as const)
  test(`a signature as ${envelope} with a leaf that was made ahead verifies like any other`, async () => {
    const recipe = makeSignatureRecipe({ keys: authority.keys, makeLeafKey: makeEphemeralKey });
    const request = (at: number) =>
      makeSigningRequest(authority, { envelope, signingTime: seconds + at, expiry: seconds + at + 60 });
    const first = await recipe.make(request(0));
    for (let steps = 0; await recipe.prepare(); steps += 1) assert.ok(steps < 1000);
    const second = await recipe.make(request(30));
    const result = verifySignature(inputFor(second, { now: testNow + 31_000 }));
    assert.deepEqual(failedChecks(result), []);
    assert.equal(result.facts?.signingTime, testNow + 30_000);
    assert.notEqual(second.serialHex, first.serialHex);
    assert.ok(second.leafNotAfter > first.leafNotAfter, 'it was made ahead, and may wait');
    recipe.forgetPrepared();
    assert.equal((await recipe.make(request(31))).leafNotAfter, first.leafNotAfter);
  });

test('a referrer points at the signed manifest and comes out the same each time', async () => {
  const made = await make(makeSigningRequest(authority));
  const referrer = makeReferrer(made, { extra: '1' });
  assert.deepEqual(makeReferrer(made, { extra: '1' }), referrer);
  const manifest = JSON.parse(Buffer.from(referrer.manifest.bytes).toString()) as Record<string, unknown>;
  assert.deepEqual(manifest, {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.cncf.notary.signature',
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
      data: 'e30=',
    },
    layers: [
      { mediaType: 'application/jose+json', digest: referrer.envelope.digest, size: made.envelope.length },
    ],
    subject: testArtifact,
    annotations: {
      extra: '1',
      'io.cncf.notary.x509chain.thumbprint#S256': JSON.stringify(made.thumbprints),
      'org.opencontainers.image.created': '2026-06-01T12:00:00Z',
    },
  });
});
