import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  InitiateLayerUploadCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { digestOf } from '../../../src/shared/digest.ts';
import { type EcrWorld, openEcr, refused } from '../../helpers/ecr-world.ts';

let world: EcrWorld;
before(async () => {
  world = await openEcr();
});
after(() => world.close());

const MIB = 1024 * 1024;
const unknownUpload = '00000000-0000-0000-0000-000000000000';

async function begin(): Promise<{ repositoryName: string; uploadId: string | undefined }> {
  const repositoryName = await world.repository();
  const { uploadId } = await world.send(new InitiateLayerUploadCommand({ repositoryName }));
  return { repositoryName, uploadId };
}

const part = (
  upload: { repositoryName: string; uploadId: string | undefined },
  partFirstByte: number,
  layerPartBlob: Uint8Array,
  partLastByte = partFirstByte + layerPartBlob.length - 1,
) => world.send(new UploadLayerPartCommand({ ...upload, partFirstByte, partLastByte, layerPartBlob }));

const complete = (
  upload: { repositoryName: string; uploadId: string | undefined },
  ...layerDigests: string[]
) => world.send(new CompleteLayerUploadCommand({ ...upload, layerDigests }));

test('the parts become a layer', async () => {
  const upload = await begin();
  const bytes = randomBytes(5 * MIB + 7);
  await part(upload, 0, bytes.subarray(0, 5 * MIB));
  await part(upload, 5 * MIB, bytes.subarray(5 * MIB));
  const layerDigest = digestOf(bytes);
  const { $metadata: _, ...answer } = await complete(upload, layerDigest);
  assert.deepEqual(answer, { registryId: world.registryId, ...upload, layerDigest });
  const { repositoryName } = upload;
  const check = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layerDigest] });
  const [layer] = (await world.send(check)).layers ?? [];
  assert.deepEqual(layer, { layerDigest, layerAvailability: 'AVAILABLE', layerSize: bytes.length });
  await refused(complete(upload, layerDigest), 'UploadNotFoundException');
});

test('refuses an upload without parts', async () => {
  const upload = await begin();
  await refused(
    complete(upload, digestOf(new Uint8Array())),
    'EmptyUploadException',
    /cannot be completed because it does not have any parts$/,
  );
});

test('refuses a digest that is not that of the bytes', async () => {
  const upload = await begin();
  await part(upload, 0, randomBytes(10));
  await refused(complete(upload, digestOf(randomBytes(10))), 'InvalidLayerException');
});

test('refuses a layer that the repository holds', async () => {
  const { repositoryName } = await begin();
  const bytes = randomBytes(10);
  await world.layer(repositoryName, bytes);
  await refused(world.layer(repositoryName, bytes), 'LayerAlreadyExistsException');
});

test('refuses small parts before the last one', async () => {
  const upload = await begin();
  const bytes = randomBytes(20);
  await part(upload, 0, bytes.subarray(0, 10));
  const second = part(upload, 10, bytes.subarray(10));
  await refused(second, 'InvalidLayerPartException', /at least 5MB/);
});

test('refuses unknown uploads and repositories, and digests that are none', async () => {
  const upload = await begin();
  await part(upload, 0, randomBytes(10));
  await refused(complete(upload, 'md5:00'), 'InvalidParameterException', /layerDigests/);
  await refused(
    complete({ ...upload, uploadId: unknownUpload }, digestOf(randomBytes(1))),
    'UploadNotFoundException',
  );
  await refused(
    complete({ ...upload, repositoryName: 'no/such' }, digestOf(randomBytes(1))),
    'RepositoryNotFoundException',
  );
});
