import assert from 'node:assert/strict';
import { constants, type KeyObject, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  authorityExtensions,
  basicConstraints,
  extKeyUsage,
  type ForeignExtension,
  type ForeignKeyType,
  type ForeignName,
  keyUsage,
  leafExtensions,
  makeForeignCertificate,
  makeForeignKey,
} from '../../../../test/helpers/foreign-certificates.ts';
import { testArtifact, testNow } from '../../../../test/helpers/signing-authority.ts';
import { signatureAlgorithmOf } from '../../pki/index.ts';
import { prepareCose } from './cose.ts';
import type { SignedAttributes, UnsignedEnvelope } from './envelope.ts';
import { buildPayload, type CheckName, verifySignature } from './index.ts';
import { prepareJws } from './jws.ts';

const day = 86_400_000;
const validity = { notBefore: testNow - day, notAfter: testNow + day };
const rootName: ForeignName = [
  ['C', 'DE'],
  ['ST', 'BE'],
  ['O', 'Other'],
  ['CN', 'Root'],
];
const middleName: ForeignName = [
  ['C', 'DE'],
  ['ST', 'BE'],
  ['O', 'Other'],
  ['CN', 'Intermediate'],
];
const leafName: ForeignName = [
  ['C', 'DE'],
  ['ST', 'BE'],
  ['O', 'Other'],
  ['CN', 'Signer'],
];
const rootKey = makeForeignKey('P-256');
const middleKey = makeForeignKey('P-256');
const sharedLeafKey = makeForeignKey('P-384');

function signWith(key: KeyObject, bytes: Uint8Array): Uint8Array {
  const algorithm = signatureAlgorithmOf(key);
  if (algorithm?.kind === 'rsa-pss')
    return sign(algorithm.hash, bytes, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  return sign(algorithm?.hash ?? null, bytes, { key, dsaEncoding: 'ieee-p1363' });
}

interface Plan {
  readonly format?: 'jws' | 'cose';
  readonly leafKey?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  readonly leafName?: ForeignName;
  readonly leafExtensions?: readonly ForeignExtension[];
  readonly middleExtensions?: readonly ForeignExtension[];
  readonly rootExtensions?: readonly ForeignExtension[];
  readonly leafHash?: 'sha1' | 'sha256';
  readonly middleIssuer?: ForeignName;
  readonly middleValidity?: { readonly notBefore: number; readonly notAfter: number };
  readonly chain?: (leaf: Uint8Array, middle: Uint8Array, root: Uint8Array) => Uint8Array[];
  readonly attributes?: Partial<SignedAttributes>;
  readonly tamper?: (envelope: UnsignedEnvelope) => UnsignedEnvelope;
}

/** Makes a signature as somebody else would, and gives the names of the checks that failed. */
function failures(plan: Plan): CheckName[] {
  const leafKey = plan.leafKey ?? sharedLeafKey;
  const root = makeForeignCertificate({
    subject: rootName,
    issuer: rootName,
    key: rootKey,
    issuerKey: rootKey,
    extensions: plan.rootExtensions ?? authorityExtensions,
    ...validity,
  });
  const middle = makeForeignCertificate({
    subject: middleName,
    issuer: plan.middleIssuer ?? rootName,
    key: middleKey,
    issuerKey: rootKey,
    extensions: plan.middleExtensions ?? authorityExtensions,
    ...(plan.middleValidity ?? validity),
  });
  const leaf = makeForeignCertificate({
    subject: plan.leafName ?? leafName,
    issuer: middleName,
    key: leafKey,
    issuerKey: middleKey,
    extensions: plan.leafExtensions ?? leafExtensions,
    ...validity,
    ...(plan.leafHash ? { hash: plan.leafHash } : {}),
  });
  const attributes: SignedAttributes = {
    algorithm: signatureAlgorithmOf(leafKey.publicKey) ?? {
      jws: 'ES384',
      cose: -35,
      hash: 'sha384',
      kind: 'ecdsa',
      signatureBytes: 96,
    },
    scheme: 'notary.x509.signingAuthority',
    signingTime: testNow / 1000,
    critical: [],
    ...plan.attributes,
  };
  const format = plan.format ?? 'jws';
  const prepared = (format === 'jws' ? prepareJws : prepareCose)(buildPayload(testArtifact), attributes);
  const unsigned = plan.tamper?.(prepared) ?? prepared;
  const envelope = unsigned.finish(
    signWith(leafKey.privateKey, unsigned.toBeSigned),
    plan.chain?.(leaf, middle, root) ?? [leaf, middle, root],
  );
  const { checks, verified } = verifySignature({
    envelope,
    mediaType: format === 'jws' ? 'application/jose+json' : 'application/cose',
    trustAnchors: [{ type: 'signingAuthority', certDer: root }],
    trustedIdentities: ['*'],
    artifact: testArtifact,
    now: testNow,
  });
  const failed = checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name);
  assert.equal(verified, failed.length === 0);
  return failed;
}

describe('keys of other signers', () => {
  for (const type of [
    'P-256',
    'P-384',
    'P-521',
    'RSA-2048',
    'RSA-3072',
    'RSA-4096',
  ] satisfies ForeignKeyType[])
    for (const format of ['jws', 'cose'] as const)
      test(`${type} verifies as ${format}`, () => {
        assert.deepEqual(failures({ leafKey: makeForeignKey(type), format }), []);
      });

  for (const type of ['RSA-1024', 'Ed25519'] satisfies ForeignKeyType[])
    test(`${type} may not sign`, () => {
      assert.deepEqual(failures({ leafKey: makeForeignKey(type) }), ['certificate-chain', 'signature']);
    });

  test('an algorithm that is not that of the key is refused', () => {
    const algorithm = signatureAlgorithmOf(makeForeignKey('P-256').publicKey);
    assert.ok(algorithm);
    assert.deepEqual(failures({ attributes: { algorithm } }), ['signature']);
  });
});

describe('the chain', () => {
  const bad: Readonly<Record<string, Plan>> = {
    'a leaf that is a CA': { leafExtensions: [...leafExtensions, basicConstraints(true)] },
    'a leaf without key usage': { leafExtensions: [extKeyUsage('1.3.6.1.5.5.7.3.3')] },
    'a leaf whose key usage is not critical': { leafExtensions: [keyUsage([0], false)] },
    'a leaf that may encipher keys': { leafExtensions: [keyUsage([0, 2])] },
    'a leaf that may only commit to content': { leafExtensions: [keyUsage([1])] },
    'a leaf for TLS servers': {
      leafExtensions: [keyUsage([0]), extKeyUsage('1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.1')],
    },
    'a leaf for time stamps': { leafExtensions: [keyUsage([0]), extKeyUsage('1.3.6.1.5.5.7.3.8')] },
    'a leaf for anything': { leafExtensions: [keyUsage([0]), extKeyUsage('2.5.29.37.0')] },
    'a leaf signed with SHA-1': { leafHash: 'sha1' },
    'an unknown critical extension': {
      leafExtensions: [...leafExtensions, { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }],
    },
    'an intermediate that is no CA': { middleExtensions: [basicConstraints(false), keyUsage([5])] },
    'an intermediate without basic constraints': { middleExtensions: [keyUsage([5])] },
    'an intermediate whose basic constraints are not critical': {
      middleExtensions: [basicConstraints(true, undefined, false), keyUsage([5])],
    },
    'an intermediate that may not sign certificates': {
      middleExtensions: [basicConstraints(true), keyUsage([6])],
    },
    'a root whose path length is too short': { rootExtensions: [basicConstraints(true, 0), keyUsage([5])] },
    'an intermediate that names another issuer': { middleIssuer: leafName },
    'a chain in the wrong order': { chain: (leaf, middle, root) => [leaf, root, middle] },
    'a chain without its intermediate': { chain: (leaf, _middle, root) => [leaf, root] },
    'a chain with its root twice': { chain: (leaf, middle, root) => [leaf, middle, root, root] },
  };
  for (const [name, plan] of Object.entries(bad))
    test(`${name} is refused`, () => {
      assert.deepEqual(failures(plan), ['certificate-chain']);
    });

  test('without its root is refused', () => {
    assert.deepEqual(failures({ chain: (leaf, middle) => [leaf, middle] }), [
      'certificate-chain',
      'trust-store',
    ]);
  });

  test('of no certificate, or of too many, is refused', () => {
    assert.ok(failures({ chain: () => [] }).includes('certificate-chain'));
    assert.ok(
      failures({ chain: (leaf, middle) => [leaf, ...Array(20).fill(middle)] }).includes('certificate-chain'),
    );
  });

  test('with an intermediate that had ended at the signing time is refused', () => {
    const middleValidity = { notBefore: testNow - day, notAfter: testNow - 1000 };
    assert.deepEqual(failures({ middleValidity }), ['validity']);
  });

  test('with path lengths that suffice and content commitment verifies', () => {
    assert.deepEqual(
      failures({
        rootExtensions: [basicConstraints(true, 1), keyUsage([5])],
        middleExtensions: [basicConstraints(true, 0), keyUsage([5])],
        leafExtensions: [keyUsage([0, 1]), basicConstraints(false)],
      }),
      [],
    );
  });
});

describe('attributes', () => {
  test('that are critical and unknown are a refusal', () => {
    for (const format of ['jws', 'cose'] as const)
      assert.deepEqual(failures({ format, attributes: { critical: [['com.example.x', '1']] } }), [
        'critical-attributes',
      ]);
  });

  test('of a plugin that is not known are a refusal', () => {
    const critical = [['io.cncf.notary.verificationPlugin', 'com.example.plugin']] as const;
    assert.deepEqual(failures({ attributes: { critical } }), ['critical-attributes']);
  });

  test('of AWS without the plugin’s name, or not all of them, are a refusal', () => {
    const version = ['com.amazonaws.signer.signingProfileVersion', 'arn:x'] as const;
    const plugin = ['io.cncf.notary.verificationPlugin', 'com.amazonaws.signer.notation.plugin'] as const;
    assert.deepEqual(failures({ attributes: { critical: [version] } }), ['critical-attributes']);
    assert.deepEqual(failures({ attributes: { critical: [plugin, version] } }), ['critical-attributes']);
  });

  /** Rewrites the protected header before it is signed. */
  const rewrite = (change: (headers: Record<string, unknown>) => void) => (unsigned: UnsignedEnvelope) => {
    const draft = JSON.parse(Buffer.from(unsigned.finish(new Uint8Array(96), [])).toString()) as Record<
      string,
      string
    >;
    const headers = JSON.parse(Buffer.from(draft['protected'] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    change(headers);
    const text = Buffer.from(JSON.stringify(headers)).toString('base64url');
    return {
      toBeSigned: Buffer.from(`${text}.${draft['payload']}`),
      finish: (signature: Uint8Array, chain: readonly Uint8Array[]) =>
        Buffer.from(
          JSON.stringify({
            payload: draft['payload'],
            protected: text,
            header: { x5c: chain.map((der) => Buffer.from(der).toString('base64')) },
            signature: Buffer.from(signature).toString('base64url'),
          }),
        ),
    };
  };

  const scheme = 'io.cncf.notary.signingScheme';
  const authentic = 'io.cncf.notary.authenticSigningTime';
  const changes: Readonly<Record<string, [(headers: Record<string, unknown>) => void, CheckName]>> = {
    'a scheme that is not critical': [(h) => (h['crit'] = [authentic]), 'critical-attributes'],
    'an authentic time that is not critical': [(h) => (h['crit'] = [scheme]), 'critical-attributes'],
    'a critical attribute that is absent': [
      (h) => (h['crit'] = [scheme, authentic, 'x']),
      'critical-attributes',
    ],
    'an absent expiry that is critical': [
      (h) => (h['crit'] = [scheme, authentic, 'io.cncf.notary.expiry']),
      'critical-attributes',
    ],
    'an expiry that is not critical': [
      (h) => (h['io.cncf.notary.expiry'] = '2027-01-01T00:00:00Z'),
      'critical-attributes',
    ],
    'an unknown scheme': [(h) => (h[scheme] = 'notary.x510'), 'critical-attributes'],
    'both signing times': [
      (h) => (h['io.cncf.notary.signingTime'] = '2026-06-01T12:00:00Z'),
      'critical-attributes',
    ],
    'a signing time in the future': [(h) => (h[authentic] = '2026-06-01T12:05:01Z'), 'validity'],
    'no list of critical attributes': [(h) => delete h['crit'], 'envelope'],
    'an empty list of critical attributes': [(h) => (h['crit'] = []), 'envelope'],
    'a time that is none': [(h) => (h[authentic] = '2026-13-01T12:00:00Z'), 'envelope'],
    'algorithm none': [(h) => (h['alg'] = 'none'), 'envelope'],
    'algorithm HS384': [(h) => (h['alg'] = 'HS384'), 'envelope'],
    'another content type': [(h) => (h['cty'] = 'text/plain'), 'payload'],
  };
  for (const [name, [change, check]] of Object.entries(changes))
    test(`with ${name} are refused`, () => {
      assert.ok(failures({ tamper: rewrite(change) }).includes(check));
    });

  test('that are unknown and not critical are passed over', () => {
    assert.deepEqual(failures({ tamper: rewrite((h) => (h['com.example.note'] = { a: 1 })) }), []);
  });
});

test('a subject that cannot be named matches the wildcard only', () => {
  assert.deepEqual(failures({ leafName: [...leafName, ['UID', 'x']] }), []);
});

test('an envelope of another media type or of too many bytes is not read', () => {
  for (const [mediaType, envelope] of [
    ['application/json', Buffer.from('{}')],
    ['application/jose+json', Buffer.alloc(2 * 1024 * 1024)],
    ['application/cose', Buffer.alloc(2 * 1024 * 1024)],
  ] as const) {
    const result = verifySignature({
      envelope,
      mediaType,
      trustAnchors: [],
      trustedIdentities: ['*'],
      now: testNow,
    });
    assert.equal(result.verified, false);
    assert.equal(result.checks[0]?.outcome, 'failed');
    assert.equal(result.checks.length, 10);
  }
});
