/** The AWS command line: every step of the main job by the commands of the AWS documentation. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { clientPath } from './harness/clients.ts';
import { sha256 } from './harness/distribution.ts';
import { fails, ok } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';

interface ImageDetail {
  readonly imageDigest: string;
  readonly imageTags?: readonly string[];
}

describe('aws-cli', () => {
  const program = clientPath('aws');
  let registry: SigningRegistry;
  let env: Readonly<Record<string, string>>;
  const everywhere = () => ['--endpoint-url', registry.server.url, '--output', 'json'];
  /** Runs `aws <words>`, split at spaces, and gives the reply. */
  const aws = async (words: string): Promise<unknown> => {
    const text = await ok(program, [...words.split(' '), ...everywhere()], { env });
    return text === '' ? undefined : JSON.parse(text);
  };
  const refused = (words: string): Promise<string> =>
    fails(program, [...words.split(' '), ...everywhere()], { env });
  const file = (name: string, bytes: Buffer): string => {
    const path = join(registry.dir, name);
    writeFileSync(path, bytes);
    return path;
  };

  const layer = gzipSync(Buffer.from('a small layer\n'.repeat(64)));
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [sha256(layer)] },
    }),
  );
  const descriptor = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('application/vnd.oci.image.config.v1+json', config),
      layers: [descriptor('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
    }),
  );

  before(async () => {
    registry = await signingRegistry();
    env = {
      HOME: registry.dir,
      AWS_SHARED_CREDENTIALS_FILE: join(registry.server.dataDir, 'credentials'),
      AWS_CONFIG_FILE: join(registry.dir, 'none'),
      AWS_PROFILE: 'sealport',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      AWS_PAGER: '',
    };
  });
  after(() => registry.close());

  test('makes a repository and describes it', async () => {
    const made = (await aws(
      'ecr create-repository --repository-name signed/app --image-tag-mutability MUTABLE --tags Key=team,Value=release',
    )) as { repository: { repositoryArn: string; repositoryUri: string } };
    assert.equal(made.repository.repositoryArn, 'arn:aws:ecr:us-east-1:123456789012:repository/signed/app');
    assert.equal(made.repository.repositoryUri, `${registry.host}/signed/app`);
    const described = (await aws('ecr describe-repositories --repository-names signed/app')) as {
      repositories: unknown[];
    };
    assert.equal(described.repositories.length, 1);
  });

  test('reads back the signing profile and the signing configuration', async () => {
    const profile = (await aws('signer get-signing-profile --profile-name release')) as {
      arn: string;
      status: string;
      platformId: string;
    };
    assert.equal(profile.arn, registry.profileArn);
    assert.equal(profile.status, 'Active');
    assert.equal(profile.platformId, 'Notation-OCI-SHA384-ECDSA');
    const configuration = (await aws('ecr get-signing-configuration')) as {
      signingConfiguration: { rules: { signingProfileArn: string }[] };
    };
    assert.deepEqual(
      configuration.signingConfiguration.rules.map(({ signingProfileArn }) => signingProfileArn),
      [registry.profileArn],
    );
  });

  test('prints a password that the registry accepts', async () => {
    const password = await ok(program, ['ecr', 'get-login-password', '--endpoint-url', registry.server.url], {
      env,
    });
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
    const answer = await fetch(`${registry.server.url}/v2/`, { headers: { authorization } });
    assert.equal(answer.status, 200);
  });

  test('uploads layers in parts and puts an image, which becomes COMPLETE', async () => {
    for (const [name, bytes] of [
      ['layer', layer],
      ['config', config],
    ] as const) {
      const upload = (await aws('ecr initiate-layer-upload --repository-name signed/app')) as {
        uploadId: string;
        partSize: number;
      };
      assert.ok(upload.partSize >= 5 * 1024 * 1024);
      const at = `--repository-name signed/app --upload-id ${upload.uploadId}`;
      const part = (await aws(
        `ecr upload-layer-part ${at} --part-first-byte 0 --part-last-byte ${bytes.length - 1} --layer-part-blob fileb://${file(name, bytes)}`,
      )) as { lastByteReceived: number };
      assert.equal(part.lastByteReceived, bytes.length - 1);
      await aws(`ecr complete-layer-upload ${at} --layer-digests ${sha256(bytes)}`);
    }
    const put = (await aws(
      `ecr put-image --repository-name signed/app --image-tag 1.0 --image-manifest file://${file('manifest.json', manifest)}`,
    )) as { image: { imageId: { imageDigest: string } } };
    assert.equal(put.image.imageId.imageDigest, sha256(manifest));

    const ask = async () =>
      (await aws(
        'ecr describe-image-signing-status --repository-name signed/app --image-id imageTag=1.0',
      )) as { signingStatuses: { signingProfileArn: string; status: string }[]; imageId: unknown };
    let answer = await ask();
    for (let tries = 0; answer.signingStatuses[0]?.status === 'IN_PROGRESS' && tries < 50; tries++) {
      await sleep(100);
      answer = await ask();
    }
    assert.deepEqual(answer.imageId, { imageDigest: sha256(manifest), imageTag: '1.0' });
    assert.deepEqual(answer.signingStatuses, [
      { signingProfileArn: registry.profileArn, status: 'COMPLETE' },
    ]);
  });

  test('lists the signature as a referrer and the signing job as Succeeded', async () => {
    const referrers = (await aws(
      `ecr list-image-referrers --repository-name signed/app --subject-id imageDigest=${sha256(manifest)}`,
    )) as { referrers: { artifactType: string }[] };
    assert.deepEqual(
      referrers.referrers.map(({ artifactType }) => artifactType),
      ['application/vnd.cncf.notary.signature'],
    );
    const jobs = (await aws('signer list-signing-jobs')) as { jobs: { status: string; jobId: string }[] };
    assert.deepEqual(
      jobs.jobs.map(({ status }) => status),
      ['Succeeded'],
    );
    const job = (await aws(`signer describe-signing-job --job-id ${jobs.jobs[0]?.jobId ?? 'none'}`)) as {
      profileName: string;
    };
    assert.equal(job.profileName, 'release');
  });

  test('gets the layer through the signed URL', async () => {
    const answer = (await aws(
      `ecr get-download-url-for-layer --repository-name signed/app --layer-digest ${sha256(layer)}`,
    )) as { downloadUrl: string };
    const got = await fetch(answer.downloadUrl);
    assert.equal(got.status, 200);
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), layer);
  });

  test('walks pages of images', async () => {
    for (const tag of ['1.1', '1.2', '1.3', '1.4']) {
      await aws(
        `ecr put-image --repository-name signed/app --image-tag ${tag} --image-manifest file://${join(registry.dir, 'manifest.json')}`,
      );
    }
    const listed = (await aws(
      'ecr list-images --repository-name signed/app --page-size 2 --filter tagStatus=TAGGED',
    )) as { imageIds: { imageTag: string }[] };
    assert.deepEqual(listed.imageIds.map(({ imageTag }) => imageTag).toSorted(), [
      '1.0',
      '1.1',
      '1.2',
      '1.3',
      '1.4',
    ]);
    const described = (await aws(
      'ecr describe-images --repository-name signed/app --image-ids imageTag=1.3',
    )) as { imageDetails: ImageDetail[] };
    assert.equal(described.imageDetails[0]?.imageDigest, sha256(manifest));
  });

  test('names the error of ECR', async () => {
    assert.match(
      await refused('ecr describe-image-signing-status --repository-name none --image-id imageTag=1'),
      /\(RepositoryNotFoundException\).*The repository with name 'none' does not exist in the registry with id '123456789012'/s,
    );
    assert.match(
      await refused(
        'ecr describe-image-signing-status --repository-name signed/app --image-id imageTag=none',
      ),
      /\(ImageNotFoundException\)/,
    );
    assert.match(
      await refused('signer get-signing-profile --profile-name unknown'),
      /\(ResourceNotFoundException\)/,
    );
  });

  test('is refused with a wrong secret key', async () => {
    const { AWS_PROFILE: _profile, AWS_SHARED_CREDENTIALS_FILE: _file, ...rest } = env;
    const said = await fails(program, ['ecr', 'describe-repositories', ...everywhere()], {
      env: {
        ...rest,
        AWS_SHARED_CREDENTIALS_FILE: join(registry.dir, 'none'),
        AWS_ACCESS_KEY_ID: registry.server.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: 'wrong',
      },
    });
    assert.match(said, /InvalidSignatureException|SignatureDoesNotMatch/);
  });

  test('deletes the image and then the repository', async () => {
    const deleted = (await aws(
      `ecr batch-delete-image --repository-name signed/app --image-ids imageDigest=${sha256(manifest)}`,
    )) as { failures: unknown[] };
    assert.deepEqual(deleted.failures, []);
    await aws('ecr delete-repository --repository-name signed/app --force');
    assert.match(
      await refused('ecr list-images --repository-name signed/app'),
      /\(RepositoryNotFoundException\)/,
    );
  });
});
