// The registry's refusals in ECR's words, each text in one place.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { RepositoryName } from './registry.ts';
import type { ImageId } from './types.ts';

/** `Invalid parameter at '<parameter>' failed to satisfy constraint: '<constraint>'` */
export function invalidParameter(parameter: string, constraint: string): DomainError<'InvalidParameter'> {
  const message = `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('InvalidParameter', message, { parameter });
}

export function invalidManifest(constraint: string): DomainError<'InvalidManifest'> {
  const message = `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('InvalidManifest', message, {});
}

function place({ registry, repositoryName }: RepositoryName): string {
  return `the repository with name '${repositoryName}' in registry with id '${registry.accountId}'`;
}

export function repositoryNotFound(name: RepositoryName): DomainError<'RepositoryNotFound'> {
  const message = `The repository with name '${name.repositoryName}' does not exist in the registry with id '${name.registry.accountId}'`;
  return new DomainError('RepositoryNotFound', message, {});
}

export function repositoryAlreadyExists(name: RepositoryName): DomainError<'RepositoryAlreadyExists'> {
  const message = `The repository with name '${name.repositoryName}' already exists in the registry with id '${name.registry.accountId}'`;
  return new DomainError('RepositoryAlreadyExists', message, {});
}

export function repositoryNotEmpty(name: RepositoryName): DomainError<'RepositoryNotEmpty'> {
  const message = `The repository with name '${name.repositoryName}' in registry with id '${name.registry.accountId}' cannot be deleted because it still contains images`;
  return new DomainError('RepositoryNotEmpty', message, {});
}

export function repositoryPolicyNotFound(name: RepositoryName): DomainError<'RepositoryPolicyNotFound'> {
  const message = `Repository policy does not exist for the repository with name '${name.repositoryName}' in the registry with id '${name.registry.accountId}'`;
  return new DomainError('RepositoryPolicyNotFound', message, {});
}

export function registryPolicyNotFound({ accountId }: RegistryKey): DomainError<'RegistryPolicyNotFound'> {
  const message = `Registry policy does not exist in the registry with id '${accountId}'`;
  return new DomainError('RegistryPolicyNotFound', message, {});
}

function quoted(text: string | undefined): string {
  return `'${text ?? 'null'}'`;
}

export function imageNotFound(name: RepositoryName, id: ImageId): DomainError<'ImageNotFound'> {
  const image = `{imageDigest:${quoted(id.digest)}, imageTag:${quoted(id.tag)}}`;
  const message = `The image with imageId ${image} does not exist within the repository with name '${name.repositoryName}' in the registry with id '${name.registry.accountId}'`;
  return new DomainError('ImageNotFound', message, {});
}

export function imageAlreadyExists(
  name: RepositoryName,
  digest: Digest,
  tag: string | undefined,
): DomainError<'ImageAlreadyExists'> {
  const message = `Image with digest '${digest}' and tag ${quoted(tag)} already exists in ${place(name)}`;
  return new DomainError('ImageAlreadyExists', message, {});
}

export function imageTagAlreadyExists(
  name: RepositoryName,
  tag: string,
): DomainError<'ImageTagAlreadyExists'> {
  const message = `The image tag '${tag}' already exists in the '${name.repositoryName}' repository and cannot be overwritten because the tag is immutable.`;
  return new DomainError('ImageTagAlreadyExists', message, { tag });
}

export function imageDigestMismatch(
  name: RepositoryName,
  digest: Digest,
): DomainError<'ImageDigestMismatch'> {
  const message = `The image with digest '${digest}' in repository '${name.repositoryName}' and registry ID '${name.registry.accountId}' does not match the image digest that the registry has calculated.`;
  return new DomainError('ImageDigestMismatch', message, {});
}

export function imageReferenced(referencedBy: readonly Digest[]): DomainError<'ImageReferenced'> {
  return new DomainError('ImageReferenced', referencedReason(referencedBy), { referencedBy });
}

/** A managed signature that must stay with its image; `why` says what to do. */
export function signatureHeld(image: Digest | undefined, why: string): DomainError<'ImageReferenced'> {
  return new DomainError('ImageReferenced', why, { referencedBy: image === undefined ? [] : [image] });
}

export function referencedReason(referencedBy: readonly Digest[]): string {
  return `Requested image referenced by manifest list: [${referencedBy.join(', ')}]`;
}

/** Digests that a message names. Clients that send thousands get a count of the others. */
const DIGESTS_NAMED = 20;

function listed(digests: readonly Digest[]): string {
  const more = digests.length - DIGESTS_NAMED;
  const named = digests.slice(0, DIGESTS_NAMED).join(', ');
  return more > 0 ? `${named}, and ${more} more` : named;
}

function required(name: RepositoryName, digests: readonly Digest[]): string {
  return `with digests '[${listed(digests)}]' required for pushing image into repository with name '${name.repositoryName}' in the registry with id '${name.registry.accountId}' do not exist`;
}

export function layersNotFound(
  name: RepositoryName,
  digests: readonly Digest[],
): DomainError<'LayersNotFound'> {
  return new DomainError('LayersNotFound', `Layers ${required(name, digests)}`, { digests });
}

export function referencedImagesNotFound(
  name: RepositoryName,
  digests: readonly Digest[],
): DomainError<'ReferencedImagesNotFound'> {
  return new DomainError('ReferencedImagesNotFound', `Images ${required(name, digests)}`, { digests });
}

export function tooManyImages(name: RepositoryName, limit: number): DomainError<'LimitExceeded'> {
  const message = `The repository with name '${name.repositoryName}' in registry with id '${name.registry.accountId}' already has the maximum allowed number of images which is '${limit}'`;
  return new DomainError('LimitExceeded', message, {});
}

export function tooManyReferrers(name: RepositoryName, limit: number): DomainError<'LimitExceeded'> {
  const message = `The repository with name '${name.repositoryName}' in registry with id '${name.registry.accountId}' already has the maximum allowed number of manifests with a subject which is '${limit}'`;
  return new DomainError('LimitExceeded', message, {});
}

export function tooManyReferrersOfImage(
  name: RepositoryName,
  subject: Digest,
  limit: number,
): DomainError<'LimitExceeded'> {
  const message = `The image '${subject}' in ${place(name)} already has the maximum allowed number of manifests that refer to it which is '${limit}'`;
  return new DomainError('LimitExceeded', message, {});
}

export function tooManyImageTags(
  name: RepositoryName,
  tag: string,
  limit: number,
): DomainError<'LimitExceeded'> {
  const message = `Adding tag '${tag}' to an image in ${place(name)} exceeds the maximum allowed number of tags per image which is '${limit}'`;
  return new DomainError('LimitExceeded', message, {});
}
