// The domain's refusals in ECR's words. An error that an operation does not declare is replaced by the
// dispatcher: bad input by one of `invalidInputErrors`.
import { type DomainError, type DomainErrorCode, isDomainError } from '../../domain/errors.ts';
import type { Operations } from './generated/types.ts';

/** The names that operations declare, and two that all may answer with. */
type EcrError = Operations[keyof Operations]['errors'] | 'AccessDeniedException' | 'ThrottlingException';

const codes: Readonly<Record<DomainErrorCode, EcrError>> = {
  AccessDenied: 'AccessDeniedException',
  InvalidParameter: 'InvalidParameterException',
  Validation: 'ValidationException',
  MalformedPolicy: 'InvalidParameterException',
  LimitExceeded: 'LimitExceededException',
  Throttled: 'ThrottlingException',
  RepositoryNotFound: 'RepositoryNotFoundException',
  RepositoryAlreadyExists: 'RepositoryAlreadyExistsException',
  RepositoryNotEmpty: 'RepositoryNotEmptyException',
  RepositoryPolicyNotFound: 'RepositoryPolicyNotFoundException',
  RegistryPolicyNotFound: 'RegistryPolicyNotFoundException',
  // Only repositories carry tags in this API.
  ResourceNotFound: 'RepositoryNotFoundException',
  TooManyTags: 'TooManyTagsException',
  InvalidTag: 'InvalidTagParameterException',
  ImageNotFound: 'ImageNotFoundException',
  ImageAlreadyExists: 'ImageAlreadyExistsException',
  ImageTagAlreadyExists: 'ImageTagAlreadyExistsException',
  ImageDigestMismatch: 'ImageDigestDoesNotMatchException',
  // BatchDeleteImage reports it for each image instead.
  ImageReferenced: 'InvalidParameterException',
  InvalidManifest: 'InvalidParameterException',
  ManifestTooLarge: 'InvalidParameterException',
  // ECR has a name for it, but for scans only.
  UnsupportedImageType: 'InvalidParameterException',
  LayersNotFound: 'LayersNotFoundException',
  ReferencedImagesNotFound: 'ReferencedImagesNotFoundException',
  BlobNotFound: 'LayersNotFoundException',
  LayerInaccessible: 'LayerInaccessibleException',
  LayerAlreadyExists: 'LayerAlreadyExistsException',
  UploadNotFound: 'UploadNotFoundException',
  UploadConflict: 'InvalidParameterException',
  EmptyUpload: 'EmptyUploadException',
  LayerPartTooSmall: 'LayerPartTooSmallException',
  LayerTooLarge: 'LimitExceededException',
  InvalidLayerPart: 'InvalidLayerPartException',
  DigestMismatch: 'InvalidLayerException',
  SigningConfigurationNotFound: 'SigningConfigurationNotFoundException',
  SigningProfileNotFound: 'ValidationException',
  // Nothing in this API names a signing job, a platform or a permission.
  ProfilePermissionNotFound: 'ValidationException',
  SigningJobNotFound: 'ValidationException',
  SigningPlatformNotFound: 'ValidationException',
  Conflict: 'InvalidParameterException',
  StorageUnavailable: 'ServerException',
  ClockBehind: 'ServerException',
  // What IAM and STS refuse; no operation here reaches it.
  NoSuchEntity: 'InvalidParameterException',
  EntityAlreadyExists: 'InvalidParameterException',
  DeleteConflict: 'InvalidParameterException',
  PolicyNotAttachable: 'InvalidParameterException',
  PackedPolicyTooLarge: 'InvalidParameterException',
  InvalidIdentityToken: 'InvalidParameterException',
  ExpiredIdentityToken: 'InvalidParameterException',
  RejectedIdentityToken: 'InvalidParameterException',
  IdentityProviderUnreachable: 'InvalidParameterException',
};

export function renderDomainError(error: DomainError): {
  readonly code: EcrError;
  readonly members?: Readonly<Record<string, unknown>>;
} {
  const code = codes[error.code];
  if (!isDomainError(error, 'InvalidLayerPart')) return { code };
  const { registryId, repositoryName, uploadId, lastByteReceived } = error.details;
  return { code, members: { registryId, repositoryName, uploadId, lastValidByteReceived: lastByteReceived } };
}

export const internalError: EcrError = 'ServerException';

export const commonErrors = ['AccessDeniedException', 'ThrottlingException'];

export const invalidInputErrors: readonly EcrError[] = ['InvalidParameterException', 'ValidationException'];
