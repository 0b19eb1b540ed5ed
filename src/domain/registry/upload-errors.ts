// What an upload refuses, in ECR's words where they are known and in their style where not.
import type { Digest } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { RepositoryName } from './registry.ts';
import type { Upload } from './types.ts';

function place({ registry, repositoryName }: RepositoryName): string {
  return `in the repository with name '${repositoryName}' in registry with id '${registry.accountId}'`;
}

export function uploadNotFound(name: RepositoryName, uploadId: string): DomainError<'UploadNotFound'> {
  const message = `The upload with id '${uploadId}' ${place(name)} does not exist`;
  return new DomainError('UploadNotFound', message, { uploadId });
}

export function uploadConflict(name: RepositoryName, uploadId: string): DomainError<'UploadConflict'> {
  const message = `The upload with id '${uploadId}' ${place(name)} is being written by another request`;
  return new DomainError('UploadConflict', message, { uploadId });
}

export function tooManyUploads(name: RepositoryName, limit: number): DomainError<'LimitExceeded'> {
  const message = `The registry with id '${name.registry.accountId}' has ${limit} open uploads, which is the maximum; complete or cancel some`;
  return new DomainError('LimitExceeded', message, {});
}

/** Of the one who asks. */
export function tooManyOwnUploads(name: RepositoryName, limit: number): DomainError<'LimitExceeded'> {
  const message = `You have ${limit} open uploads in the registry with id '${name.registry.accountId}', which is the maximum for one principal; complete or cancel some`;
  return new DomainError('LimitExceeded', message, {});
}

/** Of the one who asks. */
export function tooManyOwnUploadsOfRepository(
  name: RepositoryName,
  limit: number,
): DomainError<'LimitExceeded'> {
  const message = `You have ${limit} open uploads in the repository with name '${name.repositoryName}' in registry with id '${name.registry.accountId}', which is the maximum for one principal; complete or cancel some`;
  return new DomainError('LimitExceeded', message, {});
}

export function tooManyUploadsOfRepository(
  name: RepositoryName,
  limit: number,
): DomainError<'LimitExceeded'> {
  const message = `The repository with name '${name.repositoryName}' in registry with id '${name.registry.accountId}' has ${limit} open uploads, which is the maximum; complete or cancel some`;
  return new DomainError('LimitExceeded', message, {});
}

export function tooManyParts(
  name: RepositoryName,
  upload: Upload,
  limit: number,
): DomainError<'LimitExceeded'> {
  const message = `The upload with id '${upload.id}' ${place(name)} has ${limit} parts, which is the maximum`;
  return new DomainError('LimitExceeded', message, {});
}

function invalidPart(name: RepositoryName, upload: Upload, why: string): DomainError<'InvalidLayerPart'> {
  const message = `The part for the upload with id '${upload.id}' ${place(name)} is not valid: ${why}`;
  return new DomainError('InvalidLayerPart', message, {
    registryId: name.registry.accountId,
    repositoryName: name.repositoryName,
    uploadId: upload.id,
    lastByteReceived: Math.max(upload.receivedBytes - 1, 0),
  });
}

export function notContiguous(
  name: RepositoryName,
  upload: Upload,
  firstByte: number,
): DomainError<'InvalidLayerPart'> {
  return invalidPart(
    name,
    upload,
    `it begins at byte ${firstByte}, but the upload goes on at byte ${upload.receivedBytes}`,
  );
}

export function partSize(
  name: RepositoryName,
  upload: Upload,
  length: number,
): DomainError<'InvalidLayerPart'> {
  return invalidPart(name, upload, `its first and last byte do not fit its length of ${length} bytes`);
}

export function partAfterSmallOne(name: RepositoryName, upload: Upload): DomainError<'InvalidLayerPart'> {
  return invalidPart(
    name,
    upload,
    `All layer parts except the last part should be at least 5MB, and the part before has ${upload.lastPartBytes} bytes`,
  );
}

export function emptyUpload(name: RepositoryName, upload: Upload): DomainError<'EmptyUpload'> {
  const message = `The upload with id '${upload.id}' ${place(name)} cannot be completed because it does not have any parts`;
  return new DomainError('EmptyUpload', message, {});
}

export function layerAlreadyExists(name: RepositoryName, digest: Digest): DomainError<'LayerAlreadyExists'> {
  const message = `The layer with digest '${digest}' already exists ${place(name)}`;
  return new DomainError('LayerAlreadyExists', message, { digest });
}

export function digestMismatch(
  name: RepositoryName,
  uploadId: string,
  expected: Digest,
  actual: Digest,
): DomainError<'DigestMismatch'> {
  const message = `The content of the upload with id '${uploadId}' ${place(name)} has the digest '${actual}', not '${expected}'; the upload is discarded`;
  return new DomainError('DigestMismatch', message, { expected, actual });
}
