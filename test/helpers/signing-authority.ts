// A whole chain of authority for tests: real keys in the real key store, root and intermediate.
import { randomBytes } from 'node:crypto';
import { makeLocalKeyStore } from '../../src/adapters/keys/local.ts';
import { MasterKey } from '../../src/adapters/keys/master-key.ts';
import { MasterKeyRing } from '../../src/adapters/keys/master-key-ring.ts';
import {
  createIntermediate,
  createRoot,
  type KeyHandle,
  type KeyStore,
  leafSubject,
  type StoredKey,
} from '../../src/domain/pki/index.ts';
import type { SigningRequest } from '../../src/domain/signing/notary/index.ts';

export interface TestAuthority {
  readonly masterKey: MasterKey;
  readonly keys: KeyStore;
  readonly rootKey: KeyHandle;
  readonly rootDer: Uint8Array;
  readonly intermediate: { readonly key: StoredKey; readonly certDer: Uint8Array };
}

export const testProfile = {
  accountId: '123456789012',
  profileName: 'release_1',
  profileVersion: 'Ab12345678',
};

/** Noon of a day, epoch ms. */
export const testNow = Date.parse('2026-06-01T12:00:00Z');

export async function makeTestAuthority(now = testNow): Promise<TestAuthority> {
  const masterKey = new MasterKey(randomBytes(32));
  const keys = makeLocalKeyStore(new MasterKeyRing(masterKey));
  const rootKey = await keys.open(await keys.create('P-384'));
  const root = await createRoot({ accountId: testProfile.accountId, key: rootKey, now });
  const key = await keys.create('P-384');
  const { certDer } = await createIntermediate({
    ...testProfile,
    root: { certDer: root.certDer, key: rootKey },
    publicKey: key.publicKey,
    now,
    revocation: { kind: 'none' },
  });
  return { masterKey, keys, rootKey, rootDer: root.certDer, intermediate: { key, certDer } };
}

export const testArtifact = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 1234,
};

/** A managed signing of `testArtifact` at `testNow`, with what is given changed. */
export function makeSigningRequest(
  authority: TestAuthority,
  changes: Partial<SigningRequest> = {},
): SigningRequest {
  return {
    jobId: 'job-1',
    subject: { kind: 'descriptor', descriptor: testArtifact },
    signingTime: testNow / 1000,
    now: changes.signingTime === undefined ? testNow : changes.signingTime * 1000,
    scheme: 'notary.x509.signingAuthority',
    envelope: 'jws',
    leaf: {
      kind: 'per-signature',
      subject: leafSubject(testProfile.accountId, testProfile.profileName),
      notAfter: testNow / 1000 + 30 * 86_400,
    },
    intermediate: authority.intermediate,
    rootDer: authority.rootDer,
    ...changes,
  };
}
