// Fills a data directory with the rows and files that pushes, signatures and calls of IAM leave, through the stores and
// without a server: `n` images in one repository, and what a registry of that size has beside them.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Metadata, openMetadata } from '../src/adapters/metadata/open.ts';
import { makeReferrer } from '../src/domain/signing/notary/index.ts';
import type { Tx } from '../src/domain/storage.ts';
import { signingProfileArn } from '../src/shared/arn.ts';
import { type Digest, digestHex, digestOf } from '../src/shared/digest.ts';
import { JOSE_JSON, OCI_CONFIG, OCI_MANIFEST } from '../src/shared/media-types.ts';

export const ACCOUNT = '123456789012';
const registry = { accountId: ACCOUNT, region: 'us-east-1' };
export const PROFILE = 'growth';
/** The repository with the images. */
export const BIG = 'bench/big';
/** A repository with 200 images of many tags each. */
export const MANY_TAGS = 'bench/tags';
export const IMAGES_OF_MANY_TAGS = 200;

const BATCH = 500;
const FILE_BYTES = 2048;
const ENVELOPE_BYTES = 3300;

export const tagOf = (at: number): string => `v${at}`;

interface FilledManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

/** The manifest of image `at` of a repository: about 700 bytes, as a small image has. */
export function manifestOf(name: string, at: number, layer: Digest): FilledManifest {
  const config = digestOf(Buffer.from('{}'));
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, digest: config, size: 2 },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: FILE_BYTES }],
      annotations: { 'org.opencontainers.image.title': `${name} ${at}`, filler: 'x'.repeat(250) },
    }),
  );
  return { digest: digestOf(bytes), bytes };
}

function layerBytes(at: number): Buffer {
  return Buffer.alloc(FILE_BYTES, createHash('sha256').update(`layer ${at}`).digest());
}

export const layerOf = (at: number): Digest => digestOf(layerBytes(at));

/** How many images of `BIG` have a tag and a signature; as many rows again are their signatures. */
export const imagesOf = (n: number): number => n / 2;
export const layersOf = (n: number): number => Math.max(10, n / 10);
export const tagsOfEach = (n: number): number => Math.min(1000, Math.max(10, n / 100));

interface Filler {
  readonly metadata: Metadata;
  readonly at: number;
  readonly profileVersion: string;
}

/** Runs `step` for 0 to count - 1, some hundred in a transaction. */
async function each(
  { metadata }: Filler,
  count: number,
  step: (tx: Tx, at: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += BATCH)
    await metadata.storage.write(async (tx) => {
      for (let at = start; at < Math.min(count, start + BATCH); at += 1) await step(tx, at);
    });
}

/** A directory on which a server was started once, so that its keys and the profile are there. */
export async function fillGrowth(dataDir: string, n: number): Promise<void> {
  for (let at = 0; at < layersOf(n); at += 1) {
    const hex = digestHex(layerOf(at));
    const file = join(dataDir, 'blobs', 'sha256', hex.slice(0, 2), hex);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, layerBytes(at));
  }
  const metadata = await openMetadata({
    path: join(dataDir, 'metadata.db'),
    onError: (error) => {
      throw error;
    },
  });
  try {
    const profile = await metadata.signingProfiles.find(metadata.storage.reader, registry, PROFILE);
    if (profile === undefined) throw new Error('the profile was not made');
    const filler = { metadata, at: Date.now(), profileVersion: profile.version };
    const big = await repository(filler, BIG);
    await each(filler, imagesOf(n), (tx, at) => signedImage(filler, tx, BIG, big, at, layersOf(n)));
    await manyTags(filler, n);
    await each(filler, n / 10, async (tx, at) => {
      const name = `bench/r${at}`;
      const id = await insertRepository(filler, tx, name);
      await signedImage(filler, tx, name, id, 0, 1);
    });
    await identities(filler, n / 10);
  } finally {
    await metadata.close();
  }
}

async function insertRepository({ metadata, at }: Filler, tx: Tx, name: string): Promise<number> {
  const made = await metadata.repositories.insert(tx, {
    registry,
    name,
    createdAt: at,
    tagMutability: 'MUTABLE',
    tagMutabilityExclusions: [],
    scanOnPush: false,
    encryption: { encryptionType: 'AES256' },
  });
  if (made === undefined) throw new Error(`${name} is there`);
  return made.id;
}

const repository = (filler: Filler, name: string): Promise<number> =>
  filler.metadata.storage.write((tx) => insertRepository(filler, tx, name));

/** An image with a tag, its signature, its job and its status. */
async function signedImage(
  filler: Filler,
  tx: Tx,
  name: string,
  repositoryId: number,
  at: number,
  layers: number,
): Promise<void> {
  const { metadata, at: now, profileVersion } = filler;
  const layer = layerOf(at % layers);
  const image = await plainImage(filler, tx, name, repositoryId, at, layer);
  await metadata.tags.put(tx, repositoryId, tagOf(at), image.digest, now);
  const jobId = randomUUID();
  const { manifest, config, envelope } = makeReferrer({
    envelope: randomBytes(ENVELOPE_BYTES),
    mediaType: JOSE_JSON,
    target: { mediaType: OCI_MANIFEST, digest: image.digest, size: image.bytes.length },
    thumbprints: ['0'.repeat(64), '1'.repeat(64), '2'.repeat(64)],
    signingTime: Math.floor(now / 1000),
  });
  for (const { digest, bytes } of [config, envelope])
    await metadata.layers.put(tx, repositoryId, { digest, sizeBytes: bytes.length, inline: bytes }, now);
  await metadata.images.insert(
    tx,
    {
      repositoryId,
      digest: manifest.digest,
      mediaType: manifest.mediaType,
      artifactType: manifest.artifactType,
      subject: image.digest,
      annotations: manifest.annotations,
      manifestSizeBytes: manifest.bytes.length,
      imageSizeBytes: config.bytes.length + envelope.bytes.length,
      pushedAt: now,
      signingJobId: jobId,
    },
    manifest.bytes,
    [
      { digest: config.digest, kind: 'config' },
      { digest: envelope.digest, kind: 'layer' },
    ],
  );
  const job = {
    id: jobId,
    owner: registry,
    profileName: PROFILE,
    profileVersion,
    invoker: ACCOUNT,
    requestedBy: `arn:aws:iam::${ACCOUNT}:root`,
    target: { kind: 'image', repositoryId, digest: image.digest },
    attempts: 1,
    createdAt: now,
  } as const;
  await metadata.signingJobs.insert(tx, { ...job, state: { status: 'InProgress' } });
  await metadata.signingJobs.update(tx, {
    ...job,
    state: {
      status: 'Succeeded',
      completedAt: now,
      signatureExpiresAt: now + 10 * 365 * 86_400_000,
      certificateSerial: randomBytes(16).toString('hex'),
      signatureDigest: manifest.digest,
    },
  });
  await metadata.imageSigningStatuses.put(tx, {
    repositoryId,
    digest: image.digest,
    profileArn: signingProfileArn(registry, PROFILE),
    profileVersion,
    jobId,
    state: { status: 'COMPLETE' },
    updatedAt: now,
  });
}

async function plainImage(
  { metadata, at: now }: Filler,
  tx: Tx,
  name: string,
  repositoryId: number,
  at: number,
  layer: Digest,
): Promise<FilledManifest> {
  const image = manifestOf(name, at, layer);
  const config = Buffer.from('{}');
  const configDigest = digestOf(config);
  await metadata.layers.put(tx, repositoryId, { digest: configDigest, sizeBytes: 2, inline: config }, now);
  await metadata.layers.put(tx, repositoryId, { digest: layer, sizeBytes: FILE_BYTES }, now);
  await metadata.images.insert(
    tx,
    {
      repositoryId,
      digest: image.digest,
      mediaType: OCI_MANIFEST,
      artifactType: OCI_CONFIG,
      manifestSizeBytes: image.bytes.length,
      imageSizeBytes: FILE_BYTES + 2,
      pushedAt: now,
    },
    image.bytes,
    [
      { digest: configDigest, kind: 'config' },
      { digest: layer, kind: 'layer' },
    ],
  );
  return image;
}

async function manyTags(filler: Filler, n: number): Promise<void> {
  const { metadata, at: now } = filler;
  const id = await repository(filler, MANY_TAGS);
  const tags = tagsOfEach(n);
  const images: FilledManifest[] = [];
  await each(filler, IMAGES_OF_MANY_TAGS, async (tx, at) => {
    images.push(await plainImage(filler, tx, MANY_TAGS, id, at, layerOf(0)));
  });
  await each(filler, IMAGES_OF_MANY_TAGS * tags, async (tx, at) => {
    const image = images[at % IMAGES_OF_MANY_TAGS];
    if (image !== undefined) await metadata.tags.put(tx, id, tagOf(at), image.digest, now);
  });
}

async function identities(filler: Filler, count: number): Promise<void> {
  const { metadata, at: now } = filler;
  const idOf = (prefix: string, at: number) => `${prefix}${String(at).padStart(16, '0')}`;
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
  });
  await each(filler, count, async (tx, at) => {
    await metadata.identities.insert(tx, {
      kind: 'user',
      id: idOf('AIDA', at),
      accountId: ACCOUNT,
      name: `user-${at}`,
      path: '/team/',
      tags: {},
      createdAt: now,
    });
    await metadata.managedPolicies.insert(tx, {
      id: idOf('ANPA', at),
      accountId: ACCOUNT,
      name: `policy-${at}`,
      path: '/team/',
      defaultVersion: 1,
      nextVersion: 2,
      tags: {},
      createdAt: now,
      updatedAt: now,
    });
    await metadata.policyVersions.insert(tx, idOf('ANPA', at), { number: 1, document, createdAt: now });
  });
}
