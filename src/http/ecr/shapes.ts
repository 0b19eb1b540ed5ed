// Repositories and images as ECR spells them, and back.
import type {
  Image,
  ImageFailure,
  ImageId,
  Repository,
  RepositoryName,
  TaggedImage,
} from '../../domain/registry/index.ts';
import { parseArn, type RegistryKey, repositoryArn } from '../../shared/arn.ts';
import { type Digest, isDigest } from '../../shared/digest.ts';
import { ConstraintError } from '../aws/shapes.ts';
import type * as wire from './generated/types.ts';
import type { EcrServices } from './services.ts';

export function repositoryShape(
  repository: Repository,
  endpoints: EcrServices['endpoints'],
): wire.Repository {
  const { registry, name, tagMutabilityExclusions } = repository;
  return {
    repositoryArn: repositoryArn(registry, name),
    registryId: registry.accountId,
    repositoryName: name,
    repositoryUri: `${endpoints.registryHost(registry)}/${name}`,
    createdAt: repository.createdAt,
    imageTagMutability: repository.tagMutability,
    ...(tagMutabilityExclusions.length === 0
      ? {}
      : { imageTagMutabilityExclusionFilters: tagMutabilityExclusions }),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  };
}

export function imageDetailShape(
  { registry, repositoryName }: RepositoryName,
  image: TaggedImage,
): wire.ImageDetail {
  return {
    registryId: registry.accountId,
    repositoryName,
    imageDigest: image.digest,
    ...(image.tags.length === 0 ? {} : { imageTags: image.tags }),
    imageSizeInBytes: image.imageSizeBytes,
    imagePushedAt: image.pushedAt,
    imageManifestMediaType: image.mediaType,
    artifactMediaType: image.artifactType,
    lastRecordedPullTime: image.lastPulledAt,
    subjectManifestDigest: image.subject,
    imageStatus: 'ACTIVE',
  };
}

export function imageShape(
  { registry, repositoryName }: RepositoryName,
  stored: { readonly image: Image; readonly manifestBytes: Uint8Array; readonly tag: string | undefined },
): wire.Image {
  const { image, manifestBytes, tag } = stored;
  return {
    registryId: registry.accountId,
    repositoryName,
    imageId: imageIdShape({ digest: image.digest, ...(tag === undefined ? {} : { tag }) }),
    // A stored manifest is well-formed UTF-8, so that this gives its bytes exactly.
    imageManifest: Buffer.from(
      manifestBytes.buffer,
      manifestBytes.byteOffset,
      manifestBytes.byteLength,
    ).toString('utf8'),
    imageManifestMediaType: image.mediaType,
  };
}

export function referrerShape(image: Image): wire.ImageReferrer {
  return {
    digest: image.digest,
    mediaType: image.mediaType,
    artifactType: image.artifactType,
    size: image.manifestSizeBytes,
    annotations: image.annotations,
    artifactStatus: 'ACTIVE',
  };
}

export function imageIdShape({ digest, tag }: ImageId): wire.ImageIdentifier {
  return { imageDigest: digest, imageTag: tag };
}

export function imageFailureShape({ imageId, code, reason }: ImageFailure): wire.ImageFailure {
  return { imageId: imageIdShape(imageId), failureCode: code, failureReason: reason };
}

export function imageId({ imageDigest: digest, imageTag: tag }: wire.ImageIdentifier): ImageId {
  return { ...(digest === undefined ? {} : { digest }), ...(tag === undefined ? {} : { tag }) };
}

/** A digest of an algorithm that is served here. Throws ConstraintError. */
export function digestAt(path: string, text: string): Digest {
  if (!isDigest(text)) throw new ConstraintError(path, 'Member must be a sha256 or sha512 digest');
  return text;
}

function repositoryOf(resourceArn: string, account: RegistryKey): RepositoryName | undefined {
  const arn = parseArn(resourceArn);
  const [, repositoryName] = /^repository\/(.+)$/s.exec(arn?.resource ?? '') ?? [];
  if (arn?.partition !== 'aws' || arn.service !== 'ecr' || arn.region !== account.region) return undefined;
  if (repositoryName === undefined) return undefined;
  return { registry: { accountId: arn.accountId, region: arn.region }, repositoryName };
}

/** The repository that an ARN names. Throws ConstraintError. */
export function taggedRepository(resourceArn: string, account: RegistryKey): RepositoryName {
  const repository = repositoryOf(resourceArn, account);
  if (repository === undefined) throw new ConstraintError('resourceArn', 'Invalid ARN');
  return repository;
}

/**
 * What a call on tags is about: exactly the repository that it would change. A text that names none is about
 * nothing; the operation refuses it better.
 */
export function taggedResource(resourceArn: string, account: RegistryKey): string {
  const repository = repositoryOf(resourceArn, account);
  return repository === undefined ? '*' : repositoryArn(repository.registry, repository.repositoryName);
}

export function tagMap(tags: readonly wire.Tag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
