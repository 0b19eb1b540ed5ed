// The life of one image: pushed, signed, and then what its fate says. Each step is asked until it is done, whatever kills
// the server meanwhile, and looked at as soon as it is done.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { NOTARY_SIGNATURE } from '../../../src/shared/media-types.ts';
import { image, type TestImage } from '../../helpers/images.ts';
import type { StatusEntry } from '../../helpers/signing-set-up.ts';
import type { Chance } from '../contents.ts';
import type { Life } from './life.ts';
import type { Part } from './records.ts';

export type Fate =
  /** Nothing more is done to it. */
  | { readonly kind: 'kept' }
  /** Pushed again under another tag: it has one signature still. */
  | { readonly kind: 'again' }
  | { readonly kind: 'revoked'; readonly removed: boolean }
  | { readonly kind: 'damaged'; readonly part: Part; readonly healed: boolean }
  | { readonly kind: 'deleted'; readonly withSignature: boolean };

/** A third is revoked, half of these lose their signature then; an eighth is damaged, half of these are pushed again. */
export function fateOf(chance: Chance, at: number): Fate {
  const dice = chance.below(100);
  if (at % 3 === 0) return { kind: 'revoked', removed: at % 2 === 0 };
  if (at % 8 === 1)
    return { kind: 'damaged', part: chance.one(['manifest', 'envelope']), healed: at % 16 === 1 };
  if (dice < 12) return { kind: 'deleted', withSignature: dice < 6 };
  return { kind: dice < 40 ? 'again' : 'kept' };
}

export interface World {
  readonly life: Life;
  readonly repositoryName: string;
  /** Resolves when the signature was changed while no server ran. */
  readonly damage: (signatureDigest: string, part: Part) => Promise<void>;
}

export interface ImageLife {
  readonly tag: string;
  readonly image: TestImage;
  readonly fate: Fate;
  /** Digest of the signature that was revoked. */
  revoked?: string;
}

export const FATES = ['COMPLETE', 'SIGNATURE_REVOKED', 'SIGNATURE_DELETED', 'gone'] as const;

/** What the status must say in the end. */
export function endOf({ fate }: ImageLife): (typeof FATES)[number] {
  switch (fate.kind) {
    case 'kept':
    case 'again':
      return 'COMPLETE';
    case 'revoked':
      return 'SIGNATURE_REVOKED';
    case 'damaged':
      return fate.healed ? 'COMPLETE' : 'SIGNATURE_DELETED';
    case 'deleted':
      return 'gone';
  }
}

export function makeImageLife(at: number, chance: Chance): ImageLife {
  return { tag: `v${at}`, image: image({ layers: 1, layerBytes: 200 }), fate: fateOf(chance, at) };
}

export async function statusOf(world: World, imageDigest: string): Promise<string> {
  const { repositoryName } = world;
  const body = await world.life.ecr('DescribeImageSigningStatus', {
    repositoryName,
    imageId: { imageDigest },
  });
  const [entry, ...more] = body['signingStatuses'] as StatusEntry[];
  assert.equal(more.length, 0);
  assert.ok(entry !== undefined, `${imageDigest} has no status`);
  if (entry.status !== 'FAILED') return entry.status;
  assert.ok((entry.failureReason ?? '').length > 20, 'a failure says why');
  return entry.failureCode ?? 'no code';
}

/** The status as soon as it is not IN_PROGRESS. */
export async function settledStatus(world: World, imageDigest: string): Promise<string> {
  for (let tries = 0; tries < 3000; tries += 1) {
    const status = await statusOf(world, imageDigest);
    if (status !== 'IN_PROGRESS') return status;
    await sleep(25);
  }
  throw new Error(`${imageDigest} is not signed`);
}

/** Digests of the signatures that the registry lists. */
export async function signaturesOf(world: World, imageDigest: string): Promise<readonly string[]> {
  const { bytes } = await world.life.get(`${world.repositoryName}/referrers/${imageDigest}`);
  const { manifests } = JSON.parse(bytes.toString('utf8')) as {
    manifests: { digest: string; artifactType: string }[];
  };
  return manifests
    .filter(({ artifactType }) => artifactType === NOTARY_SIGNATURE)
    .map(({ digest }) => digest);
}

export async function live(world: World, me: ImageLife): Promise<void> {
  const { digest } = me.image.manifest;
  await push(world, me.tag, me.image);
  if (me.fate.kind === 'kept') return;
  assert.equal(await settledStatus(world, digest), 'COMPLETE', me.tag);
  const [signature, ...more] = await signaturesOf(world, digest);
  assert.ok(signature !== undefined && more.length === 0, `${me.tag} has one signature`);
  switch (me.fate.kind) {
    case 'again':
      await push(world, `${me.tag}-again`, me.image);
      assert.equal(await statusOf(world, digest), 'COMPLETE');
      return;
    case 'revoked':
      return revoke(world, me, signature);
    case 'damaged':
      await world.damage(signature, me.fate.part);
      if (!me.fate.healed) return;
      await findDamage(world, me, signature, me.fate.part);
      await push(world, me.tag, me.image);
      assert.equal(await settledStatus(world, digest), 'COMPLETE', `${me.tag} is signed again`);
      return;
    case 'deleted':
      return remove(world, digest, me.fate.withSignature ? [signature] : []);
  }
}

function push({ life, repositoryName }: World, tag: string, pushed: TestImage): Promise<void> {
  return life.ask((client) => client.pushImage(repositoryName, tag, pushed));
}

/** Deletes; what a kill hid may be done already. */
async function remove(world: World, digest: string, more: readonly string[]): Promise<void> {
  const { repositoryName } = world;
  const imageIds = [digest, ...more].map((imageDigest) => ({ imageDigest }));
  const { failures } = await world.life.ecr('BatchDeleteImage', { repositoryName, imageIds });
  for (const { failureCode, failureReason } of failures as { failureCode: string; failureReason: string }[])
    assert.equal(failureCode, 'ImageNotFound', failureReason);
}

async function revoke(world: World, me: ImageLife, signature: string): Promise<void> {
  const { life, repositoryName } = world;
  const { digest } = me.image.manifest;
  // While the status rests on it, it stays; the refusal names the job, which is how a user finds it.
  const imageIds = [{ imageDigest: signature }];
  const { failures } = await life.ecr('BatchDeleteImage', { repositoryName, imageIds });
  const [refusal] = failures as { failureCode: string; failureReason: string }[];
  assert.equal(refusal?.failureCode, 'ImageReferencedByManifestList');
  const job = /\/signing-jobs\/([0-9a-f-]{36})/.exec(refusal.failureReason)?.[1];
  assert.ok(job !== undefined, refusal.failureReason);
  await life.signer('PUT', `/signing-jobs/${job}/revoke`, { reason: 'the model said so' });
  me.revoked = signature;
  assert.equal(await statusOf(world, digest), 'SIGNATURE_REVOKED', me.tag);
  if (me.fate.kind === 'revoked' && me.fate.removed) await remove(world, signature, []);
  // Somebody judged this image: a push alone does not sign it.
  await push(world, `${me.tag}-again`, me.image);
  assert.equal(await statusOf(world, digest), 'SIGNATURE_REVOKED', me.tag);
}

/** Reads what was changed until the status says so; it is never served. */
async function findDamage(world: World, me: ImageLife, signature: string, part: Part): Promise<void> {
  const { life, repositoryName } = world;
  for (let tries = 0; tries < 400; tries += 1) {
    const manifest = await life.get(`${repositoryName}/manifests/${signature}`, false);
    if (part === 'manifest') assert.equal(manifest.status, 503, 'a changed manifest is not served');
    else if (manifest.status === 200) {
      const { layers } = JSON.parse(manifest.bytes.toString('utf8')) as { layers: { digest: string }[] };
      const envelope = await life.get(`${repositoryName}/blobs/${layers[0]?.digest}`, false);
      assert.equal(envelope.status, 503, 'a changed envelope is not served');
    }
    if ((await statusOf(world, me.image.manifest.digest)) === 'SIGNATURE_DELETED') return;
    await sleep(50);
  }
  throw new Error(`${me.tag}: the status does not say that the signature's ${part} is damaged`);
}
