// What the signing tests need of a running server: AWS's own clients, an image to push, a status to wait for.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchCheckLayerAvailabilityCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DescribeImageSigningStatusCommand,
  ECRClient,
  type ImageSigningStatus,
  InitiateLayerUploadCommand,
  PutImageCommand,
  PutSigningConfigurationCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { PutSigningProfileCommand, SignerClient } from '@aws-sdk/client-signer';
import { digestOf } from '../../src/shared/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../src/shared/media-types.ts';

export interface Endpoint {
  readonly url: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export const platformId = 'Notation-OCI-SHA384-ECDSA';

export interface SigningClients {
  readonly ecr: ECRClient;
  readonly signer: SignerClient;
  /** Creates a profile and gives its ARN. */
  profile(name: string, signingParameters?: Record<string, string>): Promise<string>;
  repository(name: string): Promise<void>;
  /** Signs the repositories of each filter list (none: all) under the profile. */
  rules(...rules: [profileArn: string, ...filters: string[]][]): Promise<void>;
  /** Pushes a small image of its own content; gives its digest. */
  pushImage(repositoryName: string, tag?: string, content?: string): Promise<string>;
  pushManifest(
    repositoryName: string,
    manifest: object,
    options?: { readonly tag?: string; readonly mediaType?: string },
  ): Promise<string>;
  pushIndex(repositoryName: string, children: readonly string[], tag?: string): Promise<string>;
  statuses(repositoryName: string, imageDigest: string): Promise<readonly ImageSigningStatus[]>;
  /** Waits until nothing is IN_PROGRESS. */
  settled(repositoryName: string, imageDigest: string): Promise<readonly ImageSigningStatus[]>;
  close(): void;
}

export function signingClients(endpoint: Endpoint, region = 'us-east-1'): SigningClients {
  const common = { endpoint: endpoint.url, region, credentials: endpoint.credentials, maxAttempts: 1 };
  const ecr = new ECRClient(common);
  const signer = new SignerClient(common);
  let made = 0;

  async function layer(repositoryName: string, bytes: Uint8Array): Promise<string> {
    const layerDigests = [digestOf(bytes)];
    const check = new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
    const [known] = (await ecr.send(check)).layers ?? [];
    if (known?.layerAvailability === 'AVAILABLE') return known.layerDigest ?? '';
    const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
    await ecr.send(
      new UploadLayerPartCommand({
        repositoryName,
        uploadId,
        partFirstByte: 0,
        partLastByte: bytes.length - 1,
        layerPartBlob: bytes,
      }),
    );
    const done = await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
    return done.layerDigest ?? '';
  }

  const clients: SigningClients = {
    ecr,
    signer,
    async profile(profileName, signingParameters) {
      const put = new PutSigningProfileCommand({ profileName, platformId, signingParameters });
      return (await signer.send(put)).arn ?? '';
    },
    async repository(repositoryName) {
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    },
    async rules(...rules) {
      const signingConfiguration = {
        rules: rules.map(([signingProfileArn, ...filters]) => ({
          signingProfileArn,
          ...(filters.length === 0
            ? {}
            : {
                repositoryFilters: filters.map((filter) => ({
                  filter,
                  filterType: 'WILDCARD_MATCH' as const,
                })),
              }),
        })),
      };
      await ecr.send(new PutSigningConfigurationCommand({ signingConfiguration }));
    },
    async pushImage(repositoryName, tag, content = `image ${(made += 1)}`) {
      const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', content }));
      const digest = await layer(repositoryName, config);
      const manifest = {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: OCI_CONFIG, digest, size: config.length },
        layers: [],
      };
      return clients.pushManifest(repositoryName, manifest, tag === undefined ? {} : { tag });
    },
    async pushManifest(repositoryName, manifest, { tag, mediaType = OCI_MANIFEST } = {}) {
      const imageManifest = JSON.stringify(manifest);
      await ecr.send(
        new PutImageCommand({
          repositoryName,
          imageManifest,
          imageManifestMediaType: mediaType,
          imageTag: tag,
        }),
      );
      return digestOf(Buffer.from(imageManifest));
    },
    pushIndex(repositoryName, children, tag) {
      const manifests = children.map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 1 }));
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests };
      return clients.pushManifest(repositoryName, index, {
        mediaType: OCI_INDEX,
        ...(tag === undefined ? {} : { tag }),
      });
    },
    async statuses(repositoryName, imageDigest) {
      const describe = new DescribeImageSigningStatusCommand({ repositoryName, imageId: { imageDigest } });
      return (await ecr.send(describe)).signingStatuses ?? [];
    },
    async settled(repositoryName, imageDigest) {
      for (let waited = 0; waited < 20_000; waited += 20) {
        const found = await clients.statuses(repositoryName, imageDigest);
        if (found.every(({ status }) => status !== 'IN_PROGRESS')) return found;
        await sleep(20);
      }
      throw new Error(`the signing of ${imageDigest} did not end within 20 s`);
    },
    close() {
      ecr.destroy();
      signer.destroy();
    },
  };
  return clients;
}

/** The name and message of the AWS error that `call` ends with; fails when it succeeds. */
export async function awsError(call: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error('the call succeeded; it should have been refused');
}
