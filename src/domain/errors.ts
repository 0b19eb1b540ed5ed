// The domain's errors: a closed union of codes. Each surface renders them through one exhaustive table
// (http/ecr/errors.ts, http/signer/errors.ts, http/oci/errors.ts). Messages are safe to show to a client.
import { ExpectedError } from '../shared/expected-error.ts';

/** What `details` holds for each code. */
export interface DomainErrorDetails {
  AccessDenied: Record<never, never>;
  InvalidParameter: { readonly parameter: string };
  /** Well-formed, but meaningless here: unknown profile in a rule, wrong region, wrong platform. */
  Validation: Record<never, never>;
  /** A policy document that cannot be taken; the message says what is wrong and where. */
  MalformedPolicy: Record<never, never>;
  /** Identities, policies, access keys and identity providers. */
  NoSuchEntity: Record<never, never>;
  EntityAlreadyExists: Record<never, never>;
  /** Something hangs on it still. */
  DeleteConflict: Record<never, never>;
  PolicyNotAttachable: Record<never, never>;
  PackedPolicyTooLarge: Record<never, never>;
  InvalidIdentityToken: Record<never, never>;
  ExpiredIdentityToken: Record<never, never>;
  /** A good token that the provider's settings do not let in. */
  RejectedIdentityToken: Record<never, never>;
  IdentityProviderUnreachable: Record<never, never>;
  LimitExceeded: Record<never, never>;
  Throttled: Record<never, never>;
  RepositoryNotFound: Record<never, never>;
  RepositoryAlreadyExists: Record<never, never>;
  RepositoryNotEmpty: Record<never, never>;
  RepositoryPolicyNotFound: Record<never, never>;
  RegistryPolicyNotFound: Record<never, never>;
  ResourceNotFound: Record<never, never>;
  TooManyTags: Record<never, never>;
  InvalidTag: Record<never, never>;
  ImageNotFound: Record<never, never>;
  ImageAlreadyExists: Record<never, never>;
  ImageTagAlreadyExists: { readonly tag: string };
  ImageDigestMismatch: Record<never, never>;
  ImageReferenced: { readonly referencedBy: readonly string[] };
  InvalidManifest: Record<never, never>;
  ManifestTooLarge: { readonly limitBytes: number };
  UnsupportedImageType: { readonly mediaType: string };
  LayersNotFound: { readonly digests: readonly string[] };
  ReferencedImagesNotFound: { readonly digests: readonly string[] };
  BlobNotFound: { readonly digest: string };
  LayerInaccessible: Record<never, never>;
  LayerAlreadyExists: { readonly digest: string };
  UploadNotFound: { readonly uploadId: string };
  UploadConflict: { readonly uploadId: string };
  EmptyUpload: Record<never, never>;
  LayerPartTooSmall: Record<never, never>;
  LayerTooLarge: { readonly limitBytes: number };
  /** A part or chunk that does not begin where the upload ends. */
  InvalidLayerPart: {
    readonly registryId: string;
    readonly repositoryName: string;
    readonly uploadId: string;
    readonly lastByteReceived: number;
  };
  /** The content does not have the digest that the client gave. */
  DigestMismatch: { readonly expected: string; readonly actual: string };
  SigningConfigurationNotFound: Record<never, never>;
  SigningProfileNotFound: Record<never, never>;
  ProfilePermissionNotFound: Record<never, never>;
  SigningJobNotFound: Record<never, never>;
  SigningPlatformNotFound: Record<never, never>;
  Conflict: Record<never, never>;
  /** The server's clock is behind its records: nothing that has a time in it can be made until it is right. */
  ClockBehind: Record<never, never>;
  /** The store cannot take or give data now (disk full, corrupt blob): the request may be tried again. */
  StorageUnavailable: Record<never, never>;
}

export type DomainErrorCode = keyof DomainErrorDetails;

/** A refusal with a stable code, a message for the client and typed facts for the surface. */
export class DomainError<C extends DomainErrorCode = DomainErrorCode> extends ExpectedError {
  override readonly name = 'DomainError';
  readonly code: C;
  readonly details: DomainErrorDetails[C];

  constructor(code: C, message: string, details: DomainErrorDetails[C], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/** Whether `error` is a domain error of this code (narrows the details). */
export function isDomainError<C extends DomainErrorCode>(error: unknown, code: C): error is DomainError<C> {
  return error instanceof DomainError && error.code === code;
}
