// The domain's refusals in the Signer API's words. An error that an operation does not declare is replaced by
// the dispatcher: bad input by one of `invalidInputErrors`.
import type { DomainError, DomainErrorCode } from '../../domain/errors.ts';
import type { Operations } from './generated/types.ts';

type SignerError = Operations[keyof Operations]['errors'];

const codes: Readonly<Record<DomainErrorCode, SignerError>> = {
  AccessDenied: 'AccessDeniedException',
  // Only calls on tags refuse parameters by themselves, and they have names of their own for it.
  InvalidParameter: 'BadRequestException',
  TooManyTags: 'BadRequestException',
  ResourceNotFound: 'NotFoundException',
  Validation: 'ValidationException',
  MalformedPolicy: 'ValidationException',
  LimitExceeded: 'ServiceLimitExceededException',
  Throttled: 'TooManyRequestsException',
  Conflict: 'ConflictException',
  SigningProfileNotFound: 'ResourceNotFoundException',
  ProfilePermissionNotFound: 'ResourceNotFoundException',
  SigningJobNotFound: 'ResourceNotFoundException',
  SigningPlatformNotFound: 'ResourceNotFoundException',
  StorageUnavailable: 'InternalServiceErrorException',
  ClockBehind: 'InternalServiceErrorException',
  // What the registry refuses; no operation here reaches it.
  RepositoryNotFound: 'ResourceNotFoundException',
  RepositoryAlreadyExists: 'ConflictException',
  RepositoryNotEmpty: 'ConflictException',
  RepositoryPolicyNotFound: 'ResourceNotFoundException',
  RegistryPolicyNotFound: 'ResourceNotFoundException',
  InvalidTag: 'ValidationException',
  ImageNotFound: 'ResourceNotFoundException',
  ImageAlreadyExists: 'ConflictException',
  ImageTagAlreadyExists: 'ConflictException',
  ImageDigestMismatch: 'ValidationException',
  ImageReferenced: 'ConflictException',
  InvalidManifest: 'ValidationException',
  ManifestTooLarge: 'ValidationException',
  UnsupportedImageType: 'ValidationException',
  LayersNotFound: 'ResourceNotFoundException',
  ReferencedImagesNotFound: 'ResourceNotFoundException',
  BlobNotFound: 'ResourceNotFoundException',
  LayerInaccessible: 'ResourceNotFoundException',
  LayerAlreadyExists: 'ConflictException',
  UploadNotFound: 'ResourceNotFoundException',
  UploadConflict: 'ConflictException',
  EmptyUpload: 'ValidationException',
  LayerPartTooSmall: 'ValidationException',
  LayerTooLarge: 'ValidationException',
  InvalidLayerPart: 'ValidationException',
  DigestMismatch: 'ValidationException',
  SigningConfigurationNotFound: 'ResourceNotFoundException',
  // What IAM and STS refuse; no operation here reaches it.
  NoSuchEntity: 'ValidationException',
  EntityAlreadyExists: 'ValidationException',
  DeleteConflict: 'ValidationException',
  PolicyNotAttachable: 'ValidationException',
  PackedPolicyTooLarge: 'ValidationException',
  InvalidIdentityToken: 'ValidationException',
  ExpiredIdentityToken: 'ValidationException',
  RejectedIdentityToken: 'ValidationException',
  IdentityProviderUnreachable: 'ValidationException',
};

export function renderDomainError(error: DomainError): { readonly code: SignerError } {
  return { code: codes[error.code] };
}

export const internalError: SignerError = 'InternalServiceErrorException';

export const commonErrors = ['AccessDeniedException', 'ThrottlingException'];

export const invalidInputErrors: readonly SignerError[] = ['ValidationException', 'BadRequestException'];
