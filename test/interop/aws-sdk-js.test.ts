/** The AWS SDK for JavaScript: commands, paginators, waiters and typed errors of the ECR and Signer clients. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DeleteSigningConfigurationCommand,
  DescribeImageSigningStatusCommand,
  GetDownloadUrlForLayerCommand,
  GetSigningConfigurationCommand,
  ImageNotFoundException,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  PutImageCommand,
  PutSigningConfigurationCommand,
  paginateDescribeImages,
  paginateDescribeRepositories,
  paginateListImages,
  RepositoryNotFoundException,
  SigningConfigurationNotFoundException,
  UploadLayerPartCommand,
  ValidationException,
} from '@aws-sdk/client-ecr';
import {
  DescribeSigningJobCommand,
  GetSigningPlatformCommand,
  GetSigningProfileCommand,
  PutSigningProfileCommand,
  paginateListSigningJobs,
  paginateListSigningPlatforms,
  paginateListSigningProfiles,
  ResourceNotFoundException,
  ValidationException as SignerValidationException,
  SignPayloadCommand,
  waitUntilSuccessfulSigningJob,
} from '@aws-sdk/client-signer';
import { sha256 } from './harness/distribution.ts';
import { awsClients, type SigningRegistry, signingRegistry } from './harness/registry.ts';

const platformId = 'Notation-OCI-SHA384-ECDSA';
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

describe('AWS SDK for JavaScript', () => {
  let registry: SigningRegistry;
  const repositoryName = 'signed/app';
  // Two parts: every part but the last has at least 5 MiB.
  const partSize = 5 * 1024 * 1024;
  const layer = Buffer.from('a layer of the SDK test\n'.repeat(250_000));
  const config = Buffer.from(
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
  );
  const manifestOf = (release: string): string =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: sha256(config),
        size: config.length,
      },
      layers: [
        { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(layer), size: layer.length },
      ],
      annotations: { release },
    });
  const digestOf = (release: string): string => sha256(Buffer.from(manifestOf(release)));

  before(async () => {
    registry = await signingRegistry();
    await registry.createRepository(repositoryName);
  });
  after(() => registry.close());

  test('uploads layers and sees which are there', async () => {
    const { ecr } = registry;
    for (const bytes of [layer, config]) {
      const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
      for (let first = 0; first < bytes.length; first += partSize) {
        const part = bytes.subarray(first, first + partSize);
        const answer = await ecr.send(
          new UploadLayerPartCommand({
            repositoryName,
            uploadId,
            partFirstByte: first,
            partLastByte: first + part.length - 1,
            layerPartBlob: part,
          }),
        );
        assert.equal(answer.lastByteReceived, first + part.length - 1);
      }
      const done = await ecr.send(
        new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [sha256(bytes)] }),
      );
      assert.equal(done.layerDigest, sha256(bytes));
    }
    const missing = `sha256:${'0'.repeat(64)}`;
    const answer = await ecr.send(
      new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [sha256(layer), missing] }),
    );
    assert.equal(
      answer.layers?.find(({ layerDigest }) => layerDigest === sha256(layer))?.layerAvailability,
      'AVAILABLE',
    );
    assert.equal(
      answer.layers?.find(({ layerDigest }) => layerDigest === missing)?.layerAvailability,
      'UNAVAILABLE',
    );
  });

  test('puts images that become COMPLETE, with a signature among their referrers', async () => {
    const { ecr } = registry;
    for (let release = 0; release < 5; release++) {
      const imageManifest = manifestOf(String(release));
      const put = await ecr.send(
        new PutImageCommand({ repositoryName, imageManifest, imageTag: `r${release}` }),
      );
      assert.equal(put.image?.imageId?.imageDigest, digestOf(String(release)));
    }
    const digest = await registry.signed(repositoryName, { imageTag: 'r0' });
    assert.equal(digest, digestOf('0'));
    const found = await ecr.send(
      new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: digest } }),
    );
    assert.deepEqual(
      found.referrers?.map(({ artifactType }) => artifactType),
      ['application/vnd.cncf.notary.signature'],
    );
    const got = await ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'r0' }, { imageTag: 'none' }] }),
    );
    assert.equal(got.images?.[0]?.imageManifest, manifestOf('0'));
    assert.deepEqual(
      got.failures?.map(({ failureCode }) => failureCode),
      ['ImageNotFound'],
    );
  });

  test('fetches a layer through its signed URL without credentials', async () => {
    const { downloadUrl } = await registry.ecr.send(
      new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: sha256(layer) }),
    );
    const answer = await fetch(downloadUrl ?? '');
    assert.equal(answer.status, 200);
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), layer);
  });

  test('paginates repositories and images to the end, each exactly once', async () => {
    const { ecr: client } = registry;
    for (const name of ['a', 'b', 'c', 'd']) await registry.createRepository(`many/${name}`);
    const names: string[] = [];
    for await (const page of paginateDescribeRepositories({ client, pageSize: 2 }, {})) {
      assert.ok((page.repositories ?? []).length <= 2);
      names.push(...(page.repositories ?? []).map((repository) => repository.repositoryName ?? ''));
    }
    assert.deepEqual(names.toSorted(), ['many/a', 'many/b', 'many/c', 'many/d', repositoryName]);

    const tags: string[] = [];
    // A fresh one for each list: the paginators keep their token in it.
    const tagged = () => ({ repositoryName, filter: { tagStatus: 'TAGGED' as const } });
    for await (const page of paginateListImages({ client, pageSize: 2 }, tagged())) {
      tags.push(...(page.imageIds ?? []).map(({ imageTag }) => imageTag ?? ''));
    }
    assert.deepEqual(tags.toSorted(), ['r0', 'r1', 'r2', 'r3', 'r4']);

    const digests: string[] = [];
    for await (const page of paginateDescribeImages({ client, pageSize: 2 }, tagged())) {
      digests.push(...(page.imageDetails ?? []).map(({ imageDigest }) => imageDigest ?? ''));
    }
    assert.deepEqual(digests.toSorted(), ['0', '1', '2', '3', '4'].map(digestOf).toSorted());
  });

  test('paginates signing jobs, profiles and platforms', async () => {
    const { signer: client } = registry;
    for (let release = 0; release < 5; release++) {
      await registry.signed(repositoryName, { imageTag: `r${release}` });
    }
    const jobs: string[] = [];
    for await (const page of paginateListSigningJobs({ client, pageSize: 2 }, { status: 'Succeeded' })) {
      jobs.push(...(page.jobs ?? []).map(({ jobId }) => jobId ?? ''));
    }
    assert.equal(new Set(jobs).size, 5);
    assert.equal(jobs.length, 5);
    for (const profileName of ['second', 'third']) {
      await client.send(new PutSigningProfileCommand({ profileName, platformId }));
    }
    const profiles: string[] = [];
    for await (const page of paginateListSigningProfiles({ client, pageSize: 1 }, {})) {
      profiles.push(...(page.profiles ?? []).map(({ profileName }) => profileName ?? ''));
    }
    assert.deepEqual(profiles.toSorted(), ['release', 'second', 'third']);
    const platforms: string[] = [];
    for await (const page of paginateListSigningPlatforms({ client }, {})) {
      platforms.push(...(page.platforms ?? []).map((platform) => platform.platformId ?? ''));
    }
    assert.deepEqual(platforms, [platformId]);
    assert.equal((await client.send(new GetSigningPlatformCommand({ platformId }))).platformId, platformId);
  });

  test('signs a payload, and the waiter for a successful job ends at once', async () => {
    const { signer: client } = registry;
    const targetArtifact = { mediaType: manifestType, digest: digestOf('0'), size: manifestOf('0').length };
    const signed = await client.send(
      new SignPayloadCommand({
        profileName: 'release',
        payloadFormat: 'application/vnd.cncf.notary.payload.v1+json',
        payload: Buffer.from(JSON.stringify({ targetArtifact })),
      }),
    );
    const envelope = JSON.parse(Buffer.from(signed.signature ?? []).toString('utf8')) as { payload: string };
    assert.deepEqual(JSON.parse(Buffer.from(envelope.payload, 'base64url').toString('utf8')), {
      targetArtifact,
    });
    const { jobId } = signed;
    const waited = await waitUntilSuccessfulSigningJob({ client, maxWaitTime: 30 }, { jobId });
    assert.equal(waited.state, 'SUCCESS');
    const job = await client.send(new DescribeSigningJobCommand({ jobId }));
    assert.equal(job.status, 'Succeeded');
    assert.ok(job.completedAt instanceof Date);
  });

  test('throws the typed errors', async () => {
    const { ecr, signer } = registry;
    const status = (repository: string, imageTag: string) =>
      ecr.send(new DescribeImageSigningStatusCommand({ repositoryName: repository, imageId: { imageTag } }));
    await assert.rejects(status('none', 'r0'), (error) => {
      assert.ok(error instanceof RepositoryNotFoundException);
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.ok((error.$metadata.requestId ?? '').length > 0);
      return true;
    });
    await assert.rejects(status(repositoryName, 'none'), ImageNotFoundException);
    await assert.rejects(
      ecr.send(
        new PutSigningConfigurationCommand({
          signingConfiguration: { rules: [{ signingProfileArn: `${registry.profileArn}x` }] },
        }),
      ),
      ValidationException,
    );
    await assert.rejects(
      signer.send(new GetSigningProfileCommand({ profileName: 'none' })),
      ResourceNotFoundException,
    );
    await assert.rejects(
      signer.send(
        new PutSigningProfileCommand({ profileName: 'other', platformId: 'AWSLambda-SHA384-ECDSA' }),
      ),
      SignerValidationException,
    );
  });

  test('reads the configuration back as it was put, and no longer after deleting it', async () => {
    const { ecr } = registry;
    const put = { rules: [{ signingProfileArn: registry.profileArn }] };
    await ecr.send(new PutSigningConfigurationCommand({ signingConfiguration: put }));
    const got = await ecr.send(new GetSigningConfigurationCommand({}));
    assert.deepEqual(got.signingConfiguration, put);
    await ecr.send(new DeleteSigningConfigurationCommand({}));
    await assert.rejects(
      ecr.send(new GetSigningConfigurationCommand({})),
      SigningConfigurationNotFoundException,
    );
    assert.equal(await registry.signed(repositoryName, { imageTag: 'r0' }), digestOf('0'));
  });

  test('is refused when its clock is an hour wrong', async () => {
    const { ecr } = awsClients(registry.server, 3_600_000);
    try {
      await assert.rejects(ecr.send(new GetSigningConfigurationCommand({})), {
        name: 'InvalidSignatureException',
      });
    } finally {
      ecr.destroy();
    }
  });
});
