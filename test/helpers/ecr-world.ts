// A server with AWS's own ECR client before it, and what the tests of operations need to begin with.
import assert from 'node:assert/strict';
import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  type CreateRepositoryRequest,
  ECRClient,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { digestOf } from '../../src/shared/digest.ts';
import type { TestImage, TestManifest } from './images.ts';
import { startServer, type TestServerOptions } from './start-server.ts';

export type EcrWorld = Awaited<ReturnType<typeof openEcr>>;

export async function openEcr(options: TestServerOptions = {}) {
  const server = await startServer(options);
  const client = new ECRClient({
    endpoint: server.url,
    region: server.region,
    credentials: server.credentials,
    maxAttempts: 1,
  });
  const send = client.send.bind(client);
  let made = 0;

  return {
    server,
    send,
    registryId: server.accountId,
    /** A repository of its own; gives its name. */
    async repository(input: Partial<CreateRepositoryRequest> = {}): Promise<string> {
      const repositoryName = `team/app-${(made += 1)}`;
      await send(new CreateRepositoryCommand({ repositoryName, ...input }));
      return repositoryName;
    },
    /** Uploads a layer in one part; gives its digest. */
    async layer(repositoryName: string, bytes: Uint8Array): Promise<string> {
      const { uploadId } = await send(new InitiateLayerUploadCommand({ repositoryName }));
      const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes };
      await send(new UploadLayerPartCommand({ repositoryName, uploadId, ...part }));
      const layerDigests = [digestOf(bytes)];
      await send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
      return digestOf(bytes);
    },
    put: (repositoryName: string, manifest: TestManifest, imageTag?: string) =>
      send(
        new PutImageCommand({
          repositoryName,
          imageManifest: Buffer.from(manifest.bytes).toString('utf8'),
          imageManifestMediaType: manifest.mediaType,
          imageTag,
        }),
      ),
    /** Layers, then the manifest with each of the tags (or none); gives its digest. */
    async push(repositoryName: string, image: TestImage, ...tags: string[]): Promise<string> {
      const layerDigests = image.blobs.map(({ digest }) => digest);
      const check = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
      const { layers = [] } = await send(check);
      const held = layers.filter(({ layerAvailability }) => layerAvailability === 'AVAILABLE');
      for (const { digest, bytes } of image.blobs)
        if (!held.some(({ layerDigest }) => layerDigest === digest)) await this.layer(repositoryName, bytes);
      for (const tag of tags.length === 0 ? [undefined] : tags)
        await this.put(repositoryName, image.manifest, tag);
      return image.manifest.digest;
    },
    async close() {
      client.destroy();
      await server.close();
    },
  };
}

/** The call must end with this AWS error; gives it for a look at its members. */
export async function refused(call: Promise<unknown>, name: string, pattern = /./): Promise<Error> {
  const [outcome] = await Promise.allSettled([call]);
  if (outcome.status === 'fulfilled') assert.fail(`the call succeeded; expected ${name}`);
  const error: unknown = outcome.reason;
  assert.ok(error instanceof Error);
  assert.equal(error.name, name, error.message);
  assert.match(error.message, pattern);
  return error;
}

/** Follows nextToken to the end; gives the pages. */
export async function allPages<T extends { readonly nextToken?: string | undefined }>(
  page: (nextToken: string | undefined) => Promise<T>,
): Promise<readonly T[]> {
  const pages: T[] = [];
  let nextToken: string | undefined;
  do {
    const next = await page(nextToken);
    pages.push(next);
    nextToken = next.nextToken;
    assert.ok(pages.length < 100, 'the pages come to an end');
  } while (nextToken !== undefined);
  return pages;
}
