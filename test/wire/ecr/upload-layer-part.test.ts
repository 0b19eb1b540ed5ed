import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  InitiateLayerUploadCommand,
  InvalidLayerPartException,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
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

test('takes parts one after the other', async () => {
  const upload = await begin();
  const { $metadata: _, ...first } = await part(upload, 0, new Uint8Array(5 * MIB));
  assert.deepEqual(first, { registryId: world.registryId, ...upload, lastByteReceived: 5 * MIB - 1 });
  assert.equal((await part(upload, 5 * MIB, new Uint8Array(10))).lastByteReceived, 5 * MIB + 9);
});

test('a part must begin where the last one ended, and says where that is', async () => {
  const upload = await begin();
  await part(upload, 0, new Uint8Array(5 * MIB));
  for (const first of [0, 5 * MIB - 1, 5 * MIB + 1]) {
    const error = await refused(part(upload, first, new Uint8Array(10)), 'InvalidLayerPartException');
    assert.ok(error instanceof InvalidLayerPartException);
    const { registryId, repositoryName, uploadId, lastValidByteReceived } = error;
    assert.deepEqual(
      { registryId, repositoryName, uploadId, lastValidByteReceived },
      { registryId: world.registryId, ...upload, lastValidByteReceived: 5 * MIB - 1 },
    );
  }
  await part(upload, 5 * MIB, new Uint8Array(10));
});

test('its bytes must be as many as it says', async () => {
  const upload = await begin();
  await refused(part(upload, 0, new Uint8Array(10), 10), 'InvalidLayerPartException');
  await refused(part(upload, 0, new Uint8Array(10), 8), 'InvalidLayerPartException');
});

test('takes twenty mebibytes, and no byte more', async () => {
  const upload = await begin();
  await refused(part(upload, 0, new Uint8Array(20 * MIB + 1)), 'InvalidParameterException', /layerPartBlob/);
  assert.equal((await part(upload, 0, new Uint8Array(20 * MIB))).lastByteReceived, 20 * MIB - 1);
});

test('refuses unknown uploads and repositories, and the upload of another repository', async () => {
  const upload = await begin();
  const bytes = new Uint8Array(1);
  await refused(part({ ...upload, uploadId: unknownUpload }, 0, bytes), 'UploadNotFoundException');
  await refused(part({ ...upload, uploadId: 'x' }, 0, bytes), 'InvalidParameterException', /'uploadId'/);
  await refused(part({ ...upload, repositoryName: 'no/such' }, 0, bytes), 'RepositoryNotFoundException');
  const repositoryName = await world.repository();
  await refused(part({ ...upload, repositoryName }, 0, bytes), 'UploadNotFoundException');
});
