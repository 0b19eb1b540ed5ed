// Made by scripts/generate-api.ts from api/signer.json. Do not edit.

export type AddProfilePermissionRequest = {
  readonly profileName: string;
  readonly profileVersion?: string | undefined;
  readonly action: string;
  readonly principal: string;
  readonly revisionId?: string | undefined;
  readonly statementId: string;
};

export type AddProfilePermissionResponse = {
  readonly revisionId?: string | undefined;
};

export type CancelSigningProfileRequest = {
  readonly profileName: string;
};

export type Category = 'AWSIoT';

export type DescribeSigningJobRequest = {
  readonly jobId: string;
};

export type DescribeSigningJobResponse = {
  readonly jobId?: string | undefined;
  readonly source?: Source | undefined;
  readonly signingMaterial?: SigningMaterial | undefined;
  readonly platformId?: string | undefined;
  readonly platformDisplayName?: string | undefined;
  readonly profileName?: string | undefined;
  readonly profileVersion?: string | undefined;
  readonly overrides?: SigningPlatformOverrides | undefined;
  readonly signingParameters?: Readonly<Record<string, string>> | undefined;
  readonly createdAt?: number | undefined;
  readonly completedAt?: number | undefined;
  readonly signatureExpiresAt?: number | undefined;
  readonly requestedBy?: string | undefined;
  readonly status?: SigningStatus | undefined;
  readonly statusReason?: string | undefined;
  readonly revocationRecord?: SigningJobRevocationRecord | undefined;
  readonly signedObject?: SignedObject | undefined;
  readonly jobOwner?: string | undefined;
  readonly jobInvoker?: string | undefined;
};

export type Destination = {
  readonly s3?: S3Destination | undefined;
};

export type EncryptionAlgorithm = 'RSA' | 'ECDSA';

export type EncryptionAlgorithmOptions = {
  readonly allowedValues: readonly EncryptionAlgorithm[];
  readonly defaultValue: EncryptionAlgorithm;
};

export type GetRevocationStatusRequest = {
  readonly signatureTimestamp: number;
  readonly platformId: string;
  readonly profileVersionArn: string;
  readonly jobArn: string;
  readonly certificateHashes: readonly string[];
};

export type GetRevocationStatusResponse = {
  readonly revokedEntities?: readonly string[] | undefined;
};

export type GetSigningPlatformRequest = {
  readonly platformId: string;
};

export type GetSigningPlatformResponse = {
  readonly platformId?: string | undefined;
  readonly displayName?: string | undefined;
  readonly partner?: string | undefined;
  readonly target?: string | undefined;
  readonly category?: Category | undefined;
  readonly signingConfiguration?: SigningConfiguration | undefined;
  readonly signingImageFormat?: SigningImageFormat | undefined;
  readonly maxSizeInMB?: number | undefined;
  readonly revocationSupported?: boolean | undefined;
};

export type GetSigningProfileRequest = {
  readonly profileName: string;
  readonly profileOwner?: string | undefined;
};

export type GetSigningProfileResponse = {
  readonly profileName?: string | undefined;
  readonly profileVersion?: string | undefined;
  readonly profileVersionArn?: string | undefined;
  readonly revocationRecord?: SigningProfileRevocationRecord | undefined;
  readonly signingMaterial?: SigningMaterial | undefined;
  readonly platformId?: string | undefined;
  readonly platformDisplayName?: string | undefined;
  readonly signatureValidityPeriod?: SignatureValidityPeriod | undefined;
  readonly overrides?: SigningPlatformOverrides | undefined;
  readonly signingParameters?: Readonly<Record<string, string>> | undefined;
  readonly status?: SigningProfileStatus | undefined;
  readonly statusReason?: string | undefined;
  readonly arn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

export type HashAlgorithm = 'SHA1' | 'SHA256';

export type HashAlgorithmOptions = {
  readonly allowedValues: readonly HashAlgorithm[];
  readonly defaultValue: HashAlgorithm;
};

export type ImageFormat = 'JSON' | 'JSONEmbedded' | 'JSONDetached';

export type ListProfilePermissionsRequest = {
  readonly profileName: string;
  readonly nextToken?: string | undefined;
};

export type ListProfilePermissionsResponse = {
  readonly revisionId?: string | undefined;
  readonly policySizeBytes?: number | undefined;
  readonly permissions?: readonly Permission[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListSigningJobsRequest = {
  readonly status?: SigningStatus | undefined;
  readonly platformId?: string | undefined;
  readonly requestedBy?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
  readonly isRevoked?: boolean | undefined;
  readonly signatureExpiresBefore?: number | undefined;
  readonly signatureExpiresAfter?: number | undefined;
  readonly jobInvoker?: string | undefined;
};

export type ListSigningJobsResponse = {
  readonly jobs?: readonly SigningJob[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListSigningPlatformsRequest = {
  readonly category?: string | undefined;
  readonly partner?: string | undefined;
  readonly target?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
};

export type ListSigningPlatformsResponse = {
  readonly platforms?: readonly SigningPlatform[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListSigningProfilesRequest = {
  readonly includeCanceled?: boolean | undefined;
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
  readonly platformId?: string | undefined;
  readonly statuses?: readonly SigningProfileStatus[] | undefined;
};

export type ListSigningProfilesResponse = {
  readonly profiles?: readonly SigningProfile[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListTagsForResourceRequest = {
  readonly resourceArn: string;
};

export type ListTagsForResourceResponse = {
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

export type Permission = {
  readonly action?: string | undefined;
  readonly principal?: string | undefined;
  readonly statementId?: string | undefined;
  readonly profileVersion?: string | undefined;
};

export type PutSigningProfileRequest = {
  readonly profileName: string;
  readonly signingMaterial?: SigningMaterial | undefined;
  readonly signatureValidityPeriod?: SignatureValidityPeriod | undefined;
  readonly platformId: string;
  readonly overrides?: SigningPlatformOverrides | undefined;
  readonly signingParameters?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

export type PutSigningProfileResponse = {
  readonly arn?: string | undefined;
  readonly profileVersion?: string | undefined;
  readonly profileVersionArn?: string | undefined;
};

export type RemoveProfilePermissionRequest = {
  readonly profileName: string;
  readonly revisionId: string;
  readonly statementId: string;
};

export type RemoveProfilePermissionResponse = {
  readonly revisionId?: string | undefined;
};

export type RevokeSignatureRequest = {
  readonly jobId: string;
  readonly jobOwner?: string | undefined;
  readonly reason: string;
};

export type RevokeSigningProfileRequest = {
  readonly profileName: string;
  readonly profileVersion: string;
  readonly reason: string;
  readonly effectiveTime: number;
};

export type S3Destination = {
  readonly bucketName?: string | undefined;
  readonly prefix?: string | undefined;
};

export type S3SignedObject = {
  readonly bucketName?: string | undefined;
  readonly key?: string | undefined;
};

export type S3Source = {
  readonly bucketName: string;
  readonly key: string;
  readonly version: string;
};

export type SignPayloadRequest = {
  readonly profileName: string;
  readonly profileOwner?: string | undefined;
  readonly payload: Uint8Array;
  readonly payloadFormat: string;
};

export type SignPayloadResponse = {
  readonly jobId?: string | undefined;
  readonly jobOwner?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signature?: Uint8Array | undefined;
};

export type SignatureValidityPeriod = {
  readonly value?: number | undefined;
  readonly type?: ValidityType | undefined;
};

export type SignedObject = {
  readonly s3?: S3SignedObject | undefined;
};

export type SigningConfiguration = {
  readonly encryptionAlgorithmOptions: EncryptionAlgorithmOptions;
  readonly hashAlgorithmOptions: HashAlgorithmOptions;
};

export type SigningConfigurationOverrides = {
  readonly encryptionAlgorithm?: EncryptionAlgorithm | undefined;
  readonly hashAlgorithm?: HashAlgorithm | undefined;
};

export type SigningImageFormat = {
  readonly supportedFormats: readonly ImageFormat[];
  readonly defaultFormat: ImageFormat;
};

export type SigningJob = {
  readonly jobId?: string | undefined;
  readonly source?: Source | undefined;
  readonly signedObject?: SignedObject | undefined;
  readonly signingMaterial?: SigningMaterial | undefined;
  readonly createdAt?: number | undefined;
  readonly status?: SigningStatus | undefined;
  readonly isRevoked?: boolean | undefined;
  readonly profileName?: string | undefined;
  readonly profileVersion?: string | undefined;
  readonly platformId?: string | undefined;
  readonly platformDisplayName?: string | undefined;
  readonly signatureExpiresAt?: number | undefined;
  readonly jobOwner?: string | undefined;
  readonly jobInvoker?: string | undefined;
};

export type SigningJobRevocationRecord = {
  readonly reason?: string | undefined;
  readonly revokedAt?: number | undefined;
  readonly revokedBy?: string | undefined;
};

export type SigningMaterial = {
  readonly certificateArn: string;
};

export type SigningPlatform = {
  readonly platformId?: string | undefined;
  readonly displayName?: string | undefined;
  readonly partner?: string | undefined;
  readonly target?: string | undefined;
  readonly category?: Category | undefined;
  readonly signingConfiguration?: SigningConfiguration | undefined;
  readonly signingImageFormat?: SigningImageFormat | undefined;
  readonly maxSizeInMB?: number | undefined;
  readonly revocationSupported?: boolean | undefined;
};

export type SigningPlatformOverrides = {
  readonly signingConfiguration?: SigningConfigurationOverrides | undefined;
  readonly signingImageFormat?: ImageFormat | undefined;
};

export type SigningProfile = {
  readonly profileName?: string | undefined;
  readonly profileVersion?: string | undefined;
  readonly profileVersionArn?: string | undefined;
  readonly signingMaterial?: SigningMaterial | undefined;
  readonly signatureValidityPeriod?: SignatureValidityPeriod | undefined;
  readonly platformId?: string | undefined;
  readonly platformDisplayName?: string | undefined;
  readonly signingParameters?: Readonly<Record<string, string>> | undefined;
  readonly status?: SigningProfileStatus | undefined;
  readonly arn?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
};

export type SigningProfileRevocationRecord = {
  readonly revocationEffectiveFrom?: number | undefined;
  readonly revokedAt?: number | undefined;
  readonly revokedBy?: string | undefined;
};

export type SigningProfileStatus = 'Active' | 'Canceled' | 'Revoked';

export type SigningStatus = 'InProgress' | 'Failed' | 'Succeeded';

export type Source = {
  readonly s3?: S3Source | undefined;
};

export type StartSigningJobRequest = {
  readonly source: Source;
  readonly destination: Destination;
  readonly profileName: string;
  readonly clientRequestToken: string;
  readonly profileOwner?: string | undefined;
};

export type StartSigningJobResponse = {
  readonly jobId?: string | undefined;
  readonly jobOwner?: string | undefined;
};

export type TagResourceRequest = {
  readonly resourceArn: string;
  readonly tags: Readonly<Record<string, string>>;
};

export type TagResourceResponse = Record<never, never>;

export type UntagResourceRequest = {
  readonly resourceArn: string;
  readonly tagKeys: readonly string[];
};

export type UntagResourceResponse = Record<never, never>;

export type ValidityType = 'DAYS' | 'MONTHS' | 'YEARS';

/** Every operation of the service: what goes in, what comes out, what it may throw. */
export type Operations = {
  readonly AddProfilePermission: {
    readonly input: AddProfilePermissionRequest;
    readonly output: AddProfilePermissionResponse;
    readonly errors: 'ValidationException' | 'ResourceNotFoundException' | 'AccessDeniedException' | 'ServiceLimitExceededException' | 'ConflictException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly CancelSigningProfile: {
    readonly input: CancelSigningProfileRequest;
    readonly output: Record<never, never>;
    readonly errors: 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly DescribeSigningJob: {
    readonly input: DescribeSigningJobRequest;
    readonly output: DescribeSigningJobResponse;
    readonly errors: 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly GetRevocationStatus: {
    readonly input: GetRevocationStatusRequest;
    readonly output: GetRevocationStatusResponse;
    readonly errors: 'ValidationException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly GetSigningPlatform: {
    readonly input: GetSigningPlatformRequest;
    readonly output: GetSigningPlatformResponse;
    readonly errors: 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly GetSigningProfile: {
    readonly input: GetSigningProfileRequest;
    readonly output: GetSigningProfileResponse;
    readonly errors: 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly ListProfilePermissions: {
    readonly input: ListProfilePermissionsRequest;
    readonly output: ListProfilePermissionsResponse;
    readonly errors: 'ValidationException' | 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly ListSigningJobs: {
    readonly input: ListSigningJobsRequest;
    readonly output: ListSigningJobsResponse;
    readonly errors: 'ValidationException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly ListSigningPlatforms: {
    readonly input: ListSigningPlatformsRequest;
    readonly output: ListSigningPlatformsResponse;
    readonly errors: 'ValidationException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly ListSigningProfiles: {
    readonly input: ListSigningProfilesRequest;
    readonly output: ListSigningProfilesResponse;
    readonly errors: 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly ListTagsForResource: {
    readonly input: ListTagsForResourceRequest;
    readonly output: ListTagsForResourceResponse;
    readonly errors: 'InternalServiceErrorException' | 'BadRequestException' | 'NotFoundException' | 'TooManyRequestsException';
  };
  readonly PutSigningProfile: {
    readonly input: PutSigningProfileRequest;
    readonly output: PutSigningProfileResponse;
    readonly errors: 'ResourceNotFoundException' | 'AccessDeniedException' | 'ValidationException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly RemoveProfilePermission: {
    readonly input: RemoveProfilePermissionRequest;
    readonly output: RemoveProfilePermissionResponse;
    readonly errors: 'ValidationException' | 'ResourceNotFoundException' | 'AccessDeniedException' | 'ConflictException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly RevokeSignature: {
    readonly input: RevokeSignatureRequest;
    readonly output: Record<never, never>;
    readonly errors: 'ValidationException' | 'AccessDeniedException' | 'ResourceNotFoundException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly RevokeSigningProfile: {
    readonly input: RevokeSigningProfileRequest;
    readonly output: Record<never, never>;
    readonly errors: 'ValidationException' | 'AccessDeniedException' | 'ResourceNotFoundException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly SignPayload: {
    readonly input: SignPayloadRequest;
    readonly output: SignPayloadResponse;
    readonly errors: 'ValidationException' | 'ResourceNotFoundException' | 'AccessDeniedException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly StartSigningJob: {
    readonly input: StartSigningJobRequest;
    readonly output: StartSigningJobResponse;
    readonly errors: 'ValidationException' | 'ResourceNotFoundException' | 'AccessDeniedException' | 'ThrottlingException' | 'TooManyRequestsException' | 'InternalServiceErrorException';
  };
  readonly TagResource: {
    readonly input: TagResourceRequest;
    readonly output: TagResourceResponse;
    readonly errors: 'InternalServiceErrorException' | 'BadRequestException' | 'NotFoundException' | 'TooManyRequestsException';
  };
  readonly UntagResource: {
    readonly input: UntagResourceRequest;
    readonly output: UntagResourceResponse;
    readonly errors: 'InternalServiceErrorException' | 'BadRequestException' | 'NotFoundException' | 'TooManyRequestsException';
  };
};
