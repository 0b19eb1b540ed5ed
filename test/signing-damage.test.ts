// A signature whose manifest or envelope is found gone or damaged: the status says so, a push signs again, and what is
// healed counts again.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type StoredContent, tellOfDamage } from '../src/domain/registry/index.ts';
import type { Signing } from '../src/domain/signing/index.ts';
import { type Digest, digestOf } from '../src/shared/digest.ts';
import { OCI_MANIFEST } from '../src/shared/media-types.ts';
import { everything } from './helpers/policies.ts';
import { openSigningStores, registryKey, type SigningStores } from './helpers/signing-stores.ts';

let stores: SigningStores;
let signing: Signing;
before(async () => {
  stores = await openSigningStores();
  signing = stores.open();
  await stores.rules(signing, await stores.profile(signing, 'plain'));
});
beforeEach(() => stores.reset());
after(() => stores.close());

async function signed() {
  const digest = await stores.push(signing);
  await signing.runJob((await stores.only(digest)).jobId, 1);
  const [signature] = await stores.signaturesOf(digest);
  assert.ok(signature);
  const { storage, images } = stores.metadata;
  const references = await images.references(storage.reader, stores.repositoryId, signature.digest);
  const envelope = references.find(({ kind }) => kind === 'layer')?.digest;
  const config = references.find(({ kind }) => kind === 'config')?.digest;
  assert.ok(envelope && config);
  return { digest, signature: signature.digest, envelope, config };
}

async function stateOf(digest: Digest) {
  const { statuses } = await signing.status(
    { registry: registryKey, repositoryName: 'team/app' },
    { digest },
  );
  const [status, ...others] = statuses;
  assert.equal(others.length, 0);
  return status?.state ?? assert.fail('there is no status');
}

const codeOf = async (digest: Digest) => {
  const state = await stateOf(digest);
  return state.status === 'FAILED' ? state.failure.code : state.status;
};

const found = (content: StoredContent, fault?: string) =>
  stores.metadata.storage.write((tx) => signing.managedSignatures.contentFound(tx, content, fault));
const manifest = (digest: Digest) =>
  ({ kind: 'manifest', repositoryId: stores.repositoryId, digest }) as const;
const blob = (digest: Digest) => ({ kind: 'blob', digest }) as const;

test('a manifest or an envelope that is gone or damaged fails the status; healed, it counts again', async () => {
  const { digest, signature, envelope } = await signed();
  for (const [content, fault, says] of [
    [
      manifest(signature),
      'wrong content',
      /its manifest was found damaged \(wrong content\)\. Push the image again/,
    ],
    [blob(envelope), 'missing', /its envelope was found missing\. Push/],
  ] as const) {
    await found(content, fault);
    const state = await stateOf(digest);
    assert.ok(state.status === 'FAILED');
    assert.equal(state.failure.code, 'SIGNATURE_DELETED');
    assert.match(state.failure.reason, says);
    await found(content);
    assert.equal(await codeOf(digest), 'COMPLETE');
  }
  // Both are needed.
  await found(manifest(signature), 'missing');
  await found(blob(envelope), 'missing');
  await found(blob(envelope));
  assert.equal(await codeOf(digest), 'SIGNATURE_DELETED');
  await found(manifest(signature));
  assert.equal(await codeOf(digest), 'COMPLETE');
});

test('what is written down as damaged by its blob reaches the status', async () => {
  const { digest, envelope, config } = await signed();
  const { metadata } = stores;
  const { damagedBlobs: damaged } = tellOfDamage(metadata, signing.managedSignatures);
  const record = (of: Digest) =>
    metadata.storage.write((tx) => damaged.record(tx, { digest: of, fault: 'wrong content', foundAt: 1 }));
  // Every signature has this one, and no verifier reads it.
  await record(config);
  assert.equal(await codeOf(digest), 'COMPLETE');
  await record(envelope);
  assert.equal(await codeOf(digest), 'SIGNATURE_DELETED');
  await metadata.storage.write((tx) => damaged.clear(tx, envelope));
  assert.equal(await codeOf(digest), 'COMPLETE');
  await metadata.storage.write((tx) => damaged.clear(tx, config));
});

test('other content changes no status', async () => {
  const { digest } = await signed();
  await found(manifest(digest), 'missing');
  await found(blob(digest), 'missing');
  assert.equal(await codeOf(digest), 'COMPLETE');
});

test('the next push with the right signs again, and the lost one goes; one without changes nothing', async () => {
  const { digest, signature, envelope } = await signed();
  await found(blob(envelope), 'wrong content');
  stores.world.policies = [];
  await stores.push(signing, { digest });
  assert.equal(await codeOf(digest), 'SIGNATURE_DELETED');
  stores.world.policies = [everything];
  await stores.push(signing, { digest });
  assert.equal(await codeOf(digest), 'IN_PROGRESS');
  await signing.runJob((await stores.only(digest)).jobId, 1);
  assert.equal(await codeOf(digest), 'COMPLETE');
  const [next, ...others] = await stores.signaturesOf(digest);
  assert.deepEqual(others, []);
  assert.notEqual(next?.digest, signature);
});

test('a status whose job is not known any more claims nothing', async () => {
  const { digest } = await signed();
  const { storage, imageSigningStatuses } = stores.metadata;
  const { job: _, ...status } = await stores.only(digest);
  await storage.write((tx) => imageSigningStatuses.put(tx, { ...status, jobId: 'gone' }));
  assert.equal(await codeOf(digest), 'SIGNATURE_DELETED');
});

test('signatures of one image do not grow without end: those that no status rests on make room', async () => {
  const { storage, images } = stores.metadata;
  const { digest, signature } = await signed();
  await storage.write(async (tx) => {
    for (let n = 0; n < 49; n += 1)
      await images.insert(
        tx,
        {
          repositoryId: stores.repositoryId,
          digest: digestOf(Buffer.from(`signature ${n} of ${digest}`)),
          mediaType: OCI_MANIFEST,
          subject: digest,
          manifestSizeBytes: 1,
          imageSizeBytes: 1,
          pushedAt: 1,
          signingJobId: `gone ${n}`,
        },
        new Uint8Array(1),
        [],
      );
  });
  const count = async () =>
    (await images.managedSignatures(storage.reader, stores.repositoryId, digest)).length;
  assert.equal(await count(), 50);
  await stores.push(signing, { digest });
  assert.equal(await count(), 50, 'nothing was to be signed');
  await found(manifest(signature), 'missing');
  await stores.push(signing, { digest });
  assert.equal(await count(), 49, 'the lost one went');
  await signing.runJob((await stores.only(digest)).jobId, 1);
  const { job } = await stores.only(digest);
  assert.ok(job?.state.status === 'Succeeded');
  const last = job.state.signatureDigest;
  assert.equal(await count(), 50);
  // Another version of the profile signs beside it.
  await signing.profiles.cancel(registryKey, 'plain');
  await stores.profile(signing, 'plain');
  await stores.push(signing, { digest });
  assert.deepEqual(await images.managedSignatures(storage.reader, stores.repositoryId, digest), [last]);
});
