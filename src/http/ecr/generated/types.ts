// Made by scripts/generate-api.ts from api/ecr.json. Do not edit.

export type ArtifactStatus = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING';

export type ArtifactStatusFilter = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY';

export type Attribute = {
  readonly key: string;
  readonly value?: string | undefined;
};

export type AuthorizationData = {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: number | undefined;
  readonly proxyEndpoint?: string | undefined;
};

export type AwsEcrContainerImageDetails = {
  readonly architecture?: string | undefined;
  readonly author?: string | undefined;
  readonly imageHash?: string | undefined;
  readonly imageTags?: readonly string[] | undefined;
  readonly platform?: string | undefined;
  readonly pushedAt?: number | undefined;
  readonly lastInUseAt?: number | undefined;
  readonly inUseCount?: number | undefined;
  readonly registry?: string | undefined;
  readonly repositoryName?: string | undefined;
};

export type BatchCheckLayerAvailabilityRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly layerDigests: readonly string[];
};

export type BatchCheckLayerAvailabilityResponse = {
  readonly layers?: readonly Layer[] | undefined;
  readonly failures?: readonly LayerFailure[] | undefined;
};

export type BatchDeleteImageRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageIds: readonly ImageIdentifier[];
};

export type BatchDeleteImageResponse = {
  readonly imageIds?: readonly ImageIdentifier[] | undefined;
  readonly failures?: readonly ImageFailure[] | undefined;
};

export type BatchGetImageRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageIds: readonly ImageIdentifier[];
  readonly acceptedMediaTypes?: readonly string[] | undefined;
};

export type BatchGetImageResponse = {
  readonly images?: readonly Image[] | undefined;
  readonly failures?: readonly ImageFailure[] | undefined;
};

export type BatchGetRepositoryScanningConfigurationRequest = {
  readonly repositoryNames: readonly string[];
};

export type BatchGetRepositoryScanningConfigurationResponse = {
  readonly scanningConfigurations?: readonly RepositoryScanningConfiguration[] | undefined;
  readonly failures?: readonly RepositoryScanningConfigurationFailure[] | undefined;
};

export type CompleteLayerUploadRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly uploadId: string;
  readonly layerDigests: readonly string[];
};

export type CompleteLayerUploadResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly uploadId?: string | undefined;
  readonly layerDigest?: string | undefined;
};

export type CreatePullThroughCacheRuleRequest = {
  readonly ecrRepositoryPrefix: string;
  readonly upstreamRegistryUrl: string;
  readonly registryId?: string | undefined;
  readonly upstreamRegistry?: UpstreamRegistry | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
};

export type CreatePullThroughCacheRuleResponse = {
  readonly ecrRepositoryPrefix?: string | undefined;
  readonly upstreamRegistryUrl?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly registryId?: string | undefined;
  readonly upstreamRegistry?: UpstreamRegistry | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
};

export type CreateRepositoryCreationTemplateRequest = {
  readonly prefix: string;
  readonly description?: string | undefined;
  readonly encryptionConfiguration?: EncryptionConfigurationForRepositoryCreationTemplate | undefined;
  readonly resourceTags?: readonly Tag[] | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  readonly repositoryPolicy?: string | undefined;
  readonly lifecyclePolicy?: string | undefined;
  readonly appliedFor: readonly RCTAppliedFor[];
  readonly customRoleArn?: string | undefined;
};

export type CreateRepositoryCreationTemplateResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryCreationTemplate?: RepositoryCreationTemplate | undefined;
};

export type CreateRepositoryRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly tags?: readonly Tag[] | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  readonly imageScanningConfiguration?: ImageScanningConfiguration | undefined;
  readonly encryptionConfiguration?: EncryptionConfiguration | undefined;
};

export type CreateRepositoryResponse = {
  readonly repository?: Repository | undefined;
};

export type CvssScore = {
  readonly baseScore?: number | undefined;
  readonly scoringVector?: string | undefined;
  readonly source?: string | undefined;
  readonly version?: string | undefined;
};

export type CvssScoreAdjustment = {
  readonly metric?: string | undefined;
  readonly reason?: string | undefined;
};

export type CvssScoreDetails = {
  readonly adjustments?: readonly CvssScoreAdjustment[] | undefined;
  readonly score?: number | undefined;
  readonly scoreSource?: string | undefined;
  readonly scoringVector?: string | undefined;
  readonly version?: string | undefined;
};

export type DeleteLifecyclePolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
};

export type DeleteLifecyclePolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
  readonly lastEvaluatedAt?: number | undefined;
};

export type DeletePullThroughCacheRuleRequest = {
  readonly ecrRepositoryPrefix: string;
  readonly registryId?: string | undefined;
};

export type DeletePullThroughCacheRuleResponse = {
  readonly ecrRepositoryPrefix?: string | undefined;
  readonly upstreamRegistryUrl?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly registryId?: string | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
};

export type DeleteRegistryPolicyRequest = Record<never, never>;

export type DeleteRegistryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly policyText?: string | undefined;
};

export type DeleteRepositoryCreationTemplateRequest = {
  readonly prefix: string;
};

export type DeleteRepositoryCreationTemplateResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryCreationTemplate?: RepositoryCreationTemplate | undefined;
};

export type DeleteRepositoryPolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
};

export type DeleteRepositoryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly policyText?: string | undefined;
};

export type DeleteRepositoryRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly force?: boolean | undefined;
};

export type DeleteRepositoryResponse = {
  readonly repository?: Repository | undefined;
};

export type DeleteSigningConfigurationRequest = Record<never, never>;

export type DeleteSigningConfigurationResponse = {
  readonly registryId?: string | undefined;
  readonly signingConfiguration?: SigningConfiguration | undefined;
};

export type DeregisterPullTimeUpdateExclusionRequest = {
  readonly principalArn: string;
};

export type DeregisterPullTimeUpdateExclusionResponse = {
  readonly principalArn?: string | undefined;
};

export type DescribeImageReplicationStatusRequest = {
  readonly repositoryName: string;
  readonly imageId: ImageIdentifier;
  readonly registryId?: string | undefined;
};

export type DescribeImageReplicationStatusResponse = {
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly replicationStatuses?: readonly ImageReplicationStatus[] | undefined;
};

export type DescribeImageScanFindingsRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageId: ImageIdentifier;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
};

export type DescribeImageScanFindingsResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly imageScanStatus?: ImageScanStatus | undefined;
  readonly imageScanFindings?: ImageScanFindings | undefined;
  readonly nextToken?: string | undefined;
};

export type DescribeImageSigningStatusRequest = {
  readonly repositoryName: string;
  readonly imageId: ImageIdentifier;
  readonly registryId?: string | undefined;
};

export type DescribeImageSigningStatusResponse = {
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly registryId?: string | undefined;
  readonly signingStatuses?: readonly ImageSigningStatus[] | undefined;
};

export type DescribeImagesFilter = {
  readonly tagStatus?: TagStatus | undefined;
  readonly imageStatus?: ImageStatusFilter | undefined;
};

export type DescribeImagesRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageIds?: readonly ImageIdentifier[] | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: DescribeImagesFilter | undefined;
};

export type DescribeImagesResponse = {
  readonly imageDetails?: readonly ImageDetail[] | undefined;
  readonly nextToken?: string | undefined;
};

export type DescribePullThroughCacheRulesRequest = {
  readonly registryId?: string | undefined;
  readonly ecrRepositoryPrefixes?: readonly string[] | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
};

export type DescribePullThroughCacheRulesResponse = {
  readonly pullThroughCacheRules?: readonly PullThroughCacheRule[] | undefined;
  readonly nextToken?: string | undefined;
};

export type DescribeRegistryRequest = Record<never, never>;

export type DescribeRegistryResponse = {
  readonly registryId?: string | undefined;
  readonly replicationConfiguration?: ReplicationConfiguration | undefined;
};

export type DescribeRepositoriesRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryNames?: readonly string[] | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
};

export type DescribeRepositoriesResponse = {
  readonly repositories?: readonly Repository[] | undefined;
  readonly nextToken?: string | undefined;
};

export type DescribeRepositoryCreationTemplatesRequest = {
  readonly prefixes?: readonly string[] | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
};

export type DescribeRepositoryCreationTemplatesResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryCreationTemplates?: readonly RepositoryCreationTemplate[] | undefined;
  readonly nextToken?: string | undefined;
};

export type EncryptionConfiguration = {
  readonly encryptionType: EncryptionType;
  readonly kmsKey?: string | undefined;
};

export type EncryptionConfigurationForRepositoryCreationTemplate = {
  readonly encryptionType: EncryptionType;
  readonly kmsKey?: string | undefined;
};

export type EncryptionType = 'AES256' | 'KMS' | 'KMS_DSSE';

export type EnhancedImageScanFinding = {
  readonly awsAccountId?: string | undefined;
  readonly description?: string | undefined;
  readonly findingArn?: string | undefined;
  readonly firstObservedAt?: number | undefined;
  readonly lastObservedAt?: number | undefined;
  readonly packageVulnerabilityDetails?: PackageVulnerabilityDetails | undefined;
  readonly remediation?: Remediation | undefined;
  readonly resources?: readonly Resource[] | undefined;
  readonly score?: number | undefined;
  readonly scoreDetails?: ScoreDetails | undefined;
  readonly severity?: string | undefined;
  readonly status?: string | undefined;
  readonly title?: string | undefined;
  readonly type?: string | undefined;
  readonly updatedAt?: number | undefined;
  readonly fixAvailable?: string | undefined;
  readonly exploitAvailable?: string | undefined;
};

export type FindingSeverity = 'INFORMATIONAL' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | 'UNDEFINED';

export type GetAccountSettingRequest = {
  readonly name: string;
};

export type GetAccountSettingResponse = {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
};

export type GetAuthorizationTokenRequest = {
  readonly registryIds?: readonly string[] | undefined;
};

export type GetAuthorizationTokenResponse = {
  readonly authorizationData?: readonly AuthorizationData[] | undefined;
};

export type GetDownloadUrlForLayerRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly layerDigest: string;
};

export type GetDownloadUrlForLayerResponse = {
  readonly downloadUrl?: string | undefined;
  readonly layerDigest?: string | undefined;
};

export type GetLifecyclePolicyPreviewRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageIds?: readonly ImageIdentifier[] | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: LifecyclePolicyPreviewFilter | undefined;
};

export type GetLifecyclePolicyPreviewResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
  readonly status?: LifecyclePolicyPreviewStatus | undefined;
  readonly nextToken?: string | undefined;
  readonly previewResults?: readonly LifecyclePolicyPreviewResult[] | undefined;
  readonly summary?: LifecyclePolicyPreviewSummary | undefined;
};

export type GetLifecyclePolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
};

export type GetLifecyclePolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
  readonly lastEvaluatedAt?: number | undefined;
};

export type GetRegistryPolicyRequest = Record<never, never>;

export type GetRegistryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly policyText?: string | undefined;
};

export type GetRegistryScanningConfigurationRequest = Record<never, never>;

export type GetRegistryScanningConfigurationResponse = {
  readonly registryId?: string | undefined;
  readonly scanningConfiguration?: RegistryScanningConfiguration | undefined;
};

export type GetRepositoryPolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
};

export type GetRepositoryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly policyText?: string | undefined;
};

export type GetSigningConfigurationRequest = Record<never, never>;

export type GetSigningConfigurationResponse = {
  readonly registryId?: string | undefined;
  readonly signingConfiguration?: SigningConfiguration | undefined;
};

export type Image = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly imageManifest?: string | undefined;
  readonly imageManifestMediaType?: string | undefined;
};

export type ImageActionType = 'EXPIRE' | 'TRANSITION';

export type ImageDetail = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageDigest?: string | undefined;
  readonly imageTags?: readonly string[] | undefined;
  readonly imageSizeInBytes?: number | undefined;
  readonly imagePushedAt?: number | undefined;
  readonly imageScanStatus?: ImageScanStatus | undefined;
  readonly imageScanFindingsSummary?: ImageScanFindingsSummary | undefined;
  readonly imageManifestMediaType?: string | undefined;
  readonly artifactMediaType?: string | undefined;
  readonly lastRecordedPullTime?: number | undefined;
  readonly subjectManifestDigest?: string | undefined;
  readonly imageStatus?: ImageStatus | undefined;
  readonly lastArchivedAt?: number | undefined;
  readonly lastActivatedAt?: number | undefined;
};

export type ImageFailure = {
  readonly imageId?: ImageIdentifier | undefined;
  readonly failureCode?: ImageFailureCode | undefined;
  readonly failureReason?: string | undefined;
};

export type ImageFailureCode = 'InvalidImageDigest' | 'InvalidImageTag' | 'ImageTagDoesNotMatchDigest' | 'ImageNotFound' | 'MissingDigestAndTag' | 'ImageReferencedByManifestList' | 'KmsError' | 'UpstreamAccessDenied' | 'UpstreamTooManyRequests' | 'UpstreamUnavailable' | 'ImageInaccessible';

export type ImageIdentifier = {
  readonly imageDigest?: string | undefined;
  readonly imageTag?: string | undefined;
};

export type ImageReferrer = {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly artifactStatus?: ArtifactStatus | undefined;
};

export type ImageReplicationStatus = {
  readonly region?: string | undefined;
  readonly registryId?: string | undefined;
  readonly status?: ReplicationStatus | undefined;
  readonly failureCode?: string | undefined;
};

export type ImageScanFinding = {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly uri?: string | undefined;
  readonly severity?: FindingSeverity | undefined;
  readonly attributes?: readonly Attribute[] | undefined;
};

export type ImageScanFindings = {
  readonly imageScanCompletedAt?: number | undefined;
  readonly vulnerabilitySourceUpdatedAt?: number | undefined;
  readonly findingSeverityCounts?: Readonly<Record<string, number>> | undefined;
  readonly findings?: readonly ImageScanFinding[] | undefined;
  readonly enhancedFindings?: readonly EnhancedImageScanFinding[] | undefined;
};

export type ImageScanFindingsSummary = {
  readonly imageScanCompletedAt?: number | undefined;
  readonly vulnerabilitySourceUpdatedAt?: number | undefined;
  readonly findingSeverityCounts?: Readonly<Record<string, number>> | undefined;
};

export type ImageScanStatus = {
  readonly status?: ScanStatus | undefined;
  readonly description?: string | undefined;
};

export type ImageScanningConfiguration = {
  readonly scanOnPush?: boolean | undefined;
};

export type ImageSigningStatus = {
  readonly signingProfileArn?: string | undefined;
  readonly failureCode?: string | undefined;
  readonly failureReason?: string | undefined;
  readonly status?: SigningStatus | undefined;
};

export type ImageStatus = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING';

export type ImageStatusFilter = 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY';

export type ImageTagMutability = 'MUTABLE' | 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION' | 'MUTABLE_WITH_EXCLUSION';

export type ImageTagMutabilityExclusionFilter = {
  readonly filterType: ImageTagMutabilityExclusionFilterType;
  readonly filter: string;
};

export type ImageTagMutabilityExclusionFilterType = 'WILDCARD';

export type InitiateLayerUploadRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
};

export type InitiateLayerUploadResponse = {
  readonly uploadId?: string | undefined;
  readonly partSize?: number | undefined;
};

export type Layer = {
  readonly layerDigest?: string | undefined;
  readonly layerAvailability?: LayerAvailability | undefined;
  readonly layerSize?: number | undefined;
  readonly mediaType?: string | undefined;
};

export type LayerAvailability = 'AVAILABLE' | 'UNAVAILABLE' | 'ARCHIVED';

export type LayerFailure = {
  readonly layerDigest?: string | undefined;
  readonly failureCode?: LayerFailureCode | undefined;
  readonly failureReason?: string | undefined;
};

export type LayerFailureCode = 'InvalidLayerDigest' | 'MissingLayerDigest';

export type LifecyclePolicyPreviewFilter = {
  readonly tagStatus?: TagStatus | undefined;
};

export type LifecyclePolicyPreviewResult = {
  readonly imageTags?: readonly string[] | undefined;
  readonly imageDigest?: string | undefined;
  readonly imagePushedAt?: number | undefined;
  readonly action?: LifecyclePolicyRuleAction | undefined;
  readonly appliedRulePriority?: number | undefined;
  readonly storageClass?: LifecyclePolicyStorageClass | undefined;
};

export type LifecyclePolicyPreviewStatus = 'IN_PROGRESS' | 'COMPLETE' | 'EXPIRED' | 'FAILED';

export type LifecyclePolicyPreviewSummary = {
  readonly expiringImageTotalCount?: number | undefined;
  readonly transitioningImageTotalCounts?: readonly TransitioningImageTotalCount[] | undefined;
};

export type LifecyclePolicyRuleAction = {
  readonly type?: ImageActionType | undefined;
  readonly targetStorageClass?: LifecyclePolicyTargetStorageClass | undefined;
};

export type LifecyclePolicyStorageClass = 'ARCHIVE' | 'STANDARD';

export type LifecyclePolicyTargetStorageClass = 'ARCHIVE';

export type ListImageReferrersFilter = {
  readonly artifactTypes?: readonly string[] | undefined;
  readonly artifactStatus?: ArtifactStatusFilter | undefined;
};

export type ListImageReferrersRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly subjectId: SubjectIdentifier;
  readonly filter?: ListImageReferrersFilter | undefined;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
};

export type ListImageReferrersResponse = {
  readonly referrers?: readonly ImageReferrer[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListImagesFilter = {
  readonly tagStatus?: TagStatus | undefined;
  readonly imageStatus?: ImageStatusFilter | undefined;
};

export type ListImagesRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
  readonly filter?: ListImagesFilter | undefined;
};

export type ListImagesResponse = {
  readonly imageIds?: readonly ImageIdentifier[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListPullTimeUpdateExclusionsRequest = {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
};

export type ListPullTimeUpdateExclusionsResponse = {
  readonly pullTimeUpdateExclusions?: readonly string[] | undefined;
  readonly nextToken?: string | undefined;
};

export type ListTagsForResourceRequest = {
  readonly resourceArn: string;
};

export type ListTagsForResourceResponse = {
  readonly tags?: readonly Tag[] | undefined;
};

export type PackageVulnerabilityDetails = {
  readonly cvss?: readonly CvssScore[] | undefined;
  readonly referenceUrls?: readonly string[] | undefined;
  readonly relatedVulnerabilities?: readonly string[] | undefined;
  readonly source?: string | undefined;
  readonly sourceUrl?: string | undefined;
  readonly vendorCreatedAt?: number | undefined;
  readonly vendorSeverity?: string | undefined;
  readonly vendorUpdatedAt?: number | undefined;
  readonly vulnerabilityId?: string | undefined;
  readonly vulnerablePackages?: readonly VulnerablePackage[] | undefined;
};

export type PullThroughCacheRule = {
  readonly ecrRepositoryPrefix?: string | undefined;
  readonly upstreamRegistryUrl?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly registryId?: string | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
  readonly upstreamRegistry?: UpstreamRegistry | undefined;
  readonly updatedAt?: number | undefined;
};

export type PutAccountSettingRequest = {
  readonly name: string;
  readonly value: string;
};

export type PutAccountSettingResponse = {
  readonly name?: string | undefined;
  readonly value?: string | undefined;
};

export type PutImageRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageManifest: string;
  readonly imageManifestMediaType?: string | undefined;
  readonly imageTag?: string | undefined;
  readonly imageDigest?: string | undefined;
};

export type PutImageResponse = {
  readonly image?: Image | undefined;
};

export type PutImageScanningConfigurationRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageScanningConfiguration: ImageScanningConfiguration;
};

export type PutImageScanningConfigurationResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageScanningConfiguration?: ImageScanningConfiguration | undefined;
};

export type PutImageTagMutabilityRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageTagMutability: ImageTagMutability;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
};

export type PutImageTagMutabilityResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
};

export type PutLifecyclePolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly lifecyclePolicyText: string;
};

export type PutLifecyclePolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
};

export type PutRegistryPolicyRequest = {
  readonly policyText: string;
};

export type PutRegistryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly policyText?: string | undefined;
};

export type PutRegistryScanningConfigurationRequest = {
  readonly scanType?: ScanType | undefined;
  readonly rules?: readonly RegistryScanningRule[] | undefined;
};

export type PutRegistryScanningConfigurationResponse = {
  readonly registryScanningConfiguration?: RegistryScanningConfiguration | undefined;
};

export type PutReplicationConfigurationRequest = {
  readonly replicationConfiguration: ReplicationConfiguration;
};

export type PutReplicationConfigurationResponse = {
  readonly replicationConfiguration?: ReplicationConfiguration | undefined;
};

export type PutSigningConfigurationRequest = {
  readonly signingConfiguration: SigningConfiguration;
};

export type PutSigningConfigurationResponse = {
  readonly signingConfiguration?: SigningConfiguration | undefined;
};

export type RCTAppliedFor = 'REPLICATION' | 'PULL_THROUGH_CACHE' | 'CREATE_ON_PUSH';

export type Recommendation = {
  readonly url?: string | undefined;
  readonly text?: string | undefined;
};

export type RegisterPullTimeUpdateExclusionRequest = {
  readonly principalArn: string;
};

export type RegisterPullTimeUpdateExclusionResponse = {
  readonly principalArn?: string | undefined;
  readonly createdAt?: number | undefined;
};

export type RegistryScanningConfiguration = {
  readonly scanType?: ScanType | undefined;
  readonly rules?: readonly RegistryScanningRule[] | undefined;
};

export type RegistryScanningRule = {
  readonly scanFrequency: ScanFrequency;
  readonly repositoryFilters: readonly ScanningRepositoryFilter[];
};

export type Remediation = {
  readonly recommendation?: Recommendation | undefined;
};

export type ReplicationConfiguration = {
  readonly rules: readonly ReplicationRule[];
};

export type ReplicationDestination = {
  readonly region: string;
  readonly registryId: string;
};

export type ReplicationRule = {
  readonly destinations: readonly ReplicationDestination[];
  readonly repositoryFilters?: readonly RepositoryFilter[] | undefined;
};

export type ReplicationStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

export type Repository = {
  readonly repositoryArn?: string | undefined;
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly repositoryUri?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  readonly imageScanningConfiguration?: ImageScanningConfiguration | undefined;
  readonly encryptionConfiguration?: EncryptionConfiguration | undefined;
};

export type RepositoryCreationTemplate = {
  readonly prefix?: string | undefined;
  readonly description?: string | undefined;
  readonly encryptionConfiguration?: EncryptionConfigurationForRepositoryCreationTemplate | undefined;
  readonly resourceTags?: readonly Tag[] | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  readonly repositoryPolicy?: string | undefined;
  readonly lifecyclePolicy?: string | undefined;
  readonly appliedFor?: readonly RCTAppliedFor[] | undefined;
  readonly customRoleArn?: string | undefined;
  readonly createdAt?: number | undefined;
  readonly updatedAt?: number | undefined;
};

export type RepositoryFilter = {
  readonly filter: string;
  readonly filterType: RepositoryFilterType;
};

export type RepositoryFilterType = 'PREFIX_MATCH';

export type RepositoryScanningConfiguration = {
  readonly repositoryArn?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly scanOnPush?: boolean | undefined;
  readonly scanFrequency?: ScanFrequency | undefined;
  readonly appliedScanFilters?: readonly ScanningRepositoryFilter[] | undefined;
};

export type RepositoryScanningConfigurationFailure = {
  readonly repositoryName?: string | undefined;
  readonly failureCode?: ScanningConfigurationFailureCode | undefined;
  readonly failureReason?: string | undefined;
};

export type Resource = {
  readonly details?: ResourceDetails | undefined;
  readonly id?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly type?: string | undefined;
};

export type ResourceDetails = {
  readonly awsEcrContainerImage?: AwsEcrContainerImageDetails | undefined;
};

export type ScanFrequency = 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN' | 'MANUAL';

export type ScanStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'UNSUPPORTED_IMAGE' | 'ACTIVE' | 'PENDING' | 'SCAN_ELIGIBILITY_EXPIRED' | 'FINDINGS_UNAVAILABLE' | 'LIMIT_EXCEEDED' | 'IMAGE_ARCHIVED';

export type ScanType = 'BASIC' | 'ENHANCED';

export type ScanningConfigurationFailureCode = 'REPOSITORY_NOT_FOUND';

export type ScanningRepositoryFilter = {
  readonly filter: string;
  readonly filterType: ScanningRepositoryFilterType;
};

export type ScanningRepositoryFilterType = 'WILDCARD';

export type ScoreDetails = {
  readonly cvss?: CvssScoreDetails | undefined;
};

export type SetRepositoryPolicyRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly policyText: string;
  readonly force?: boolean | undefined;
};

export type SetRepositoryPolicyResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly policyText?: string | undefined;
};

export type SigningConfiguration = {
  readonly rules: readonly SigningRule[];
};

export type SigningRepositoryFilter = {
  readonly filter: string;
  readonly filterType: SigningRepositoryFilterType;
};

export type SigningRepositoryFilterType = 'WILDCARD_MATCH';

export type SigningRule = {
  readonly signingProfileArn: string;
  readonly repositoryFilters?: readonly SigningRepositoryFilter[] | undefined;
};

export type SigningStatus = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

export type StartImageScanRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageId: ImageIdentifier;
};

export type StartImageScanResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly imageScanStatus?: ImageScanStatus | undefined;
};

export type StartLifecyclePolicyPreviewRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly lifecyclePolicyText?: string | undefined;
};

export type StartLifecyclePolicyPreviewResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly lifecyclePolicyText?: string | undefined;
  readonly status?: LifecyclePolicyPreviewStatus | undefined;
};

export type SubjectIdentifier = {
  readonly imageDigest: string;
};

export type Tag = {
  readonly Key: string;
  readonly Value: string;
};

export type TagResourceRequest = {
  readonly resourceArn: string;
  readonly tags: readonly Tag[];
};

export type TagResourceResponse = Record<never, never>;

export type TagStatus = 'TAGGED' | 'UNTAGGED' | 'ANY';

export type TargetStorageClass = 'STANDARD' | 'ARCHIVE';

export type TransitioningImageTotalCount = {
  readonly targetStorageClass?: LifecyclePolicyTargetStorageClass | undefined;
  readonly imageTotalCount?: number | undefined;
};

export type UntagResourceRequest = {
  readonly resourceArn: string;
  readonly tagKeys: readonly string[];
};

export type UntagResourceResponse = Record<never, never>;

export type UpdateImageStorageClassRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly imageId: ImageIdentifier;
  readonly targetStorageClass: TargetStorageClass;
};

export type UpdateImageStorageClassResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly imageId?: ImageIdentifier | undefined;
  readonly imageStatus?: ImageStatus | undefined;
};

export type UpdatePullThroughCacheRuleRequest = {
  readonly registryId?: string | undefined;
  readonly ecrRepositoryPrefix: string;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
};

export type UpdatePullThroughCacheRuleResponse = {
  readonly ecrRepositoryPrefix?: string | undefined;
  readonly registryId?: string | undefined;
  readonly updatedAt?: number | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
};

export type UpdateRepositoryCreationTemplateRequest = {
  readonly prefix: string;
  readonly description?: string | undefined;
  readonly encryptionConfiguration?: EncryptionConfigurationForRepositoryCreationTemplate | undefined;
  readonly resourceTags?: readonly Tag[] | undefined;
  readonly imageTagMutability?: ImageTagMutability | undefined;
  readonly imageTagMutabilityExclusionFilters?: readonly ImageTagMutabilityExclusionFilter[] | undefined;
  readonly repositoryPolicy?: string | undefined;
  readonly lifecyclePolicy?: string | undefined;
  readonly appliedFor?: readonly RCTAppliedFor[] | undefined;
  readonly customRoleArn?: string | undefined;
};

export type UpdateRepositoryCreationTemplateResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryCreationTemplate?: RepositoryCreationTemplate | undefined;
};

export type UploadLayerPartRequest = {
  readonly registryId?: string | undefined;
  readonly repositoryName: string;
  readonly uploadId: string;
  readonly partFirstByte: number;
  readonly partLastByte: number;
  readonly layerPartBlob: Uint8Array;
};

export type UploadLayerPartResponse = {
  readonly registryId?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly uploadId?: string | undefined;
  readonly lastByteReceived?: number | undefined;
};

export type UpstreamRegistry = 'ecr' | 'ecr-public' | 'quay' | 'k8s' | 'docker-hub' | 'github-container-registry' | 'azure-container-registry' | 'gitlab-container-registry' | 'chainguard';

export type ValidatePullThroughCacheRuleRequest = {
  readonly ecrRepositoryPrefix: string;
  readonly registryId?: string | undefined;
};

export type ValidatePullThroughCacheRuleResponse = {
  readonly ecrRepositoryPrefix?: string | undefined;
  readonly registryId?: string | undefined;
  readonly upstreamRegistryUrl?: string | undefined;
  readonly credentialArn?: string | undefined;
  readonly customRoleArn?: string | undefined;
  readonly upstreamRepositoryPrefix?: string | undefined;
  readonly isValid?: boolean | undefined;
  readonly failure?: string | undefined;
};

export type VulnerablePackage = {
  readonly arch?: string | undefined;
  readonly epoch?: number | undefined;
  readonly filePath?: string | undefined;
  readonly name?: string | undefined;
  readonly packageManager?: string | undefined;
  readonly release?: string | undefined;
  readonly sourceLayerHash?: string | undefined;
  readonly version?: string | undefined;
  readonly fixedInVersion?: string | undefined;
};

/** Every operation of the service: what goes in, what comes out, what it may throw. */
export type Operations = {
  readonly BatchCheckLayerAvailability: {
    readonly input: BatchCheckLayerAvailabilityRequest;
    readonly output: BatchCheckLayerAvailabilityResponse;
    readonly errors: 'RepositoryNotFoundException' | 'InvalidParameterException' | 'ServerException';
  };
  readonly BatchDeleteImage: {
    readonly input: BatchDeleteImageRequest;
    readonly output: BatchDeleteImageResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException';
  };
  readonly BatchGetImage: {
    readonly input: BatchGetImageRequest;
    readonly output: BatchGetImageResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'LimitExceededException' | 'UnableToGetUpstreamImageException';
  };
  readonly BatchGetRepositoryScanningConfiguration: {
    readonly input: BatchGetRepositoryScanningConfigurationRequest;
    readonly output: BatchGetRepositoryScanningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ValidationException';
  };
  readonly CompleteLayerUpload: {
    readonly input: CompleteLayerUploadRequest;
    readonly output: CompleteLayerUploadResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'UploadNotFoundException' | 'InvalidLayerException' | 'LayerPartTooSmallException' | 'LayerAlreadyExistsException' | 'EmptyUploadException' | 'KmsException';
  };
  readonly CreatePullThroughCacheRule: {
    readonly input: CreatePullThroughCacheRuleRequest;
    readonly output: CreatePullThroughCacheRuleResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'PullThroughCacheRuleAlreadyExistsException' | 'UnsupportedUpstreamRegistryException' | 'LimitExceededException' | 'UnableToAccessSecretException' | 'SecretNotFoundException' | 'UnableToDecryptSecretValueException';
  };
  readonly CreateRepository: {
    readonly input: CreateRepositoryRequest;
    readonly output: CreateRepositoryResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'InvalidTagParameterException' | 'TooManyTagsException' | 'RepositoryAlreadyExistsException' | 'LimitExceededException' | 'KmsException';
  };
  readonly CreateRepositoryCreationTemplate: {
    readonly input: CreateRepositoryCreationTemplateRequest;
    readonly output: CreateRepositoryCreationTemplateResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException' | 'LimitExceededException' | 'TemplateAlreadyExistsException';
  };
  readonly DeleteLifecyclePolicy: {
    readonly input: DeleteLifecyclePolicyRequest;
    readonly output: DeleteLifecyclePolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'LifecyclePolicyNotFoundException' | 'ValidationException';
  };
  readonly DeletePullThroughCacheRule: {
    readonly input: DeletePullThroughCacheRuleRequest;
    readonly output: DeletePullThroughCacheRuleResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'PullThroughCacheRuleNotFoundException';
  };
  readonly DeleteRegistryPolicy: {
    readonly input: DeleteRegistryPolicyRequest;
    readonly output: DeleteRegistryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RegistryPolicyNotFoundException' | 'ValidationException';
  };
  readonly DeleteRepository: {
    readonly input: DeleteRepositoryRequest;
    readonly output: DeleteRepositoryResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'RepositoryNotEmptyException' | 'KmsException';
  };
  readonly DeleteRepositoryCreationTemplate: {
    readonly input: DeleteRepositoryCreationTemplateRequest;
    readonly output: DeleteRepositoryCreationTemplateResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException' | 'TemplateNotFoundException';
  };
  readonly DeleteRepositoryPolicy: {
    readonly input: DeleteRepositoryPolicyRequest;
    readonly output: DeleteRepositoryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'RepositoryPolicyNotFoundException';
  };
  readonly DeleteSigningConfiguration: {
    readonly input: DeleteSigningConfigurationRequest;
    readonly output: DeleteSigningConfigurationResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'SigningConfigurationNotFoundException';
  };
  readonly DeregisterPullTimeUpdateExclusion: {
    readonly input: DeregisterPullTimeUpdateExclusionRequest;
    readonly output: DeregisterPullTimeUpdateExclusionResponse;
    readonly errors: 'InvalidParameterException' | 'ExclusionNotFoundException' | 'LimitExceededException' | 'ValidationException' | 'ServerException';
  };
  readonly DescribeImageReplicationStatus: {
    readonly input: DescribeImageReplicationStatusRequest;
    readonly output: DescribeImageReplicationStatusResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ImageNotFoundException' | 'RepositoryNotFoundException' | 'ValidationException';
  };
  readonly DescribeImageScanFindings: {
    readonly input: DescribeImageScanFindingsRequest;
    readonly output: DescribeImageScanFindingsResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ImageNotFoundException' | 'ScanNotFoundException' | 'ValidationException';
  };
  readonly DescribeImageSigningStatus: {
    readonly input: DescribeImageSigningStatusRequest;
    readonly output: DescribeImageSigningStatusResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'ImageNotFoundException' | 'RepositoryNotFoundException';
  };
  readonly DescribeImages: {
    readonly input: DescribeImagesRequest;
    readonly output: DescribeImagesResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ImageNotFoundException';
  };
  readonly DescribePullThroughCacheRules: {
    readonly input: DescribePullThroughCacheRulesRequest;
    readonly output: DescribePullThroughCacheRulesResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'PullThroughCacheRuleNotFoundException';
  };
  readonly DescribeRegistry: {
    readonly input: DescribeRegistryRequest;
    readonly output: DescribeRegistryResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException';
  };
  readonly DescribeRepositories: {
    readonly input: DescribeRepositoriesRequest;
    readonly output: DescribeRepositoriesResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException';
  };
  readonly DescribeRepositoryCreationTemplates: {
    readonly input: DescribeRepositoryCreationTemplatesRequest;
    readonly output: DescribeRepositoryCreationTemplatesResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException';
  };
  readonly GetAccountSetting: {
    readonly input: GetAccountSettingRequest;
    readonly output: GetAccountSettingResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException';
  };
  readonly GetAuthorizationToken: {
    readonly input: GetAuthorizationTokenRequest;
    readonly output: GetAuthorizationTokenResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException';
  };
  readonly GetDownloadUrlForLayer: {
    readonly input: GetDownloadUrlForLayerRequest;
    readonly output: GetDownloadUrlForLayerResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'LayersNotFoundException' | 'LayerInaccessibleException' | 'RepositoryNotFoundException' | 'UnableToGetUpstreamLayerException';
  };
  readonly GetLifecyclePolicy: {
    readonly input: GetLifecyclePolicyRequest;
    readonly output: GetLifecyclePolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'LifecyclePolicyNotFoundException' | 'ValidationException';
  };
  readonly GetLifecyclePolicyPreview: {
    readonly input: GetLifecyclePolicyPreviewRequest;
    readonly output: GetLifecyclePolicyPreviewResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'LifecyclePolicyPreviewNotFoundException' | 'ValidationException';
  };
  readonly GetRegistryPolicy: {
    readonly input: GetRegistryPolicyRequest;
    readonly output: GetRegistryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RegistryPolicyNotFoundException' | 'ValidationException';
  };
  readonly GetRegistryScanningConfiguration: {
    readonly input: GetRegistryScanningConfigurationRequest;
    readonly output: GetRegistryScanningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException';
  };
  readonly GetRepositoryPolicy: {
    readonly input: GetRepositoryPolicyRequest;
    readonly output: GetRepositoryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'RepositoryPolicyNotFoundException';
  };
  readonly GetSigningConfiguration: {
    readonly input: GetSigningConfigurationRequest;
    readonly output: GetSigningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'SigningConfigurationNotFoundException';
  };
  readonly InitiateLayerUpload: {
    readonly input: InitiateLayerUploadRequest;
    readonly output: InitiateLayerUploadResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'KmsException';
  };
  readonly ListImageReferrers: {
    readonly input: ListImageReferrersRequest;
    readonly output: ListImageReferrersResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ValidationException' | 'UnableToListUpstreamImageReferrersException';
  };
  readonly ListImages: {
    readonly input: ListImagesRequest;
    readonly output: ListImagesResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException';
  };
  readonly ListPullTimeUpdateExclusions: {
    readonly input: ListPullTimeUpdateExclusionsRequest;
    readonly output: ListPullTimeUpdateExclusionsResponse;
    readonly errors: 'InvalidParameterException' | 'ValidationException' | 'LimitExceededException' | 'ServerException';
  };
  readonly ListTagsForResource: {
    readonly input: ListTagsForResourceRequest;
    readonly output: ListTagsForResourceResponse;
    readonly errors: 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ServerException';
  };
  readonly PutAccountSetting: {
    readonly input: PutAccountSettingRequest;
    readonly output: PutAccountSettingResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException' | 'LimitExceededException';
  };
  readonly PutImage: {
    readonly input: PutImageRequest;
    readonly output: PutImageResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ImageAlreadyExistsException' | 'LayersNotFoundException' | 'ReferencedImagesNotFoundException' | 'LimitExceededException' | 'ImageTagAlreadyExistsException' | 'ImageDigestDoesNotMatchException' | 'KmsException';
  };
  readonly PutImageScanningConfiguration: {
    readonly input: PutImageScanningConfigurationRequest;
    readonly output: PutImageScanningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ValidationException';
  };
  readonly PutImageTagMutability: {
    readonly input: PutImageTagMutabilityRequest;
    readonly output: PutImageTagMutabilityResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException';
  };
  readonly PutLifecyclePolicy: {
    readonly input: PutLifecyclePolicyRequest;
    readonly output: PutLifecyclePolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'ValidationException';
  };
  readonly PutRegistryPolicy: {
    readonly input: PutRegistryPolicyRequest;
    readonly output: PutRegistryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException';
  };
  readonly PutRegistryScanningConfiguration: {
    readonly input: PutRegistryScanningConfigurationRequest;
    readonly output: PutRegistryScanningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'BlockedByOrganizationPolicyException';
  };
  readonly PutReplicationConfiguration: {
    readonly input: PutReplicationConfigurationRequest;
    readonly output: PutReplicationConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException';
  };
  readonly PutSigningConfiguration: {
    readonly input: PutSigningConfigurationRequest;
    readonly output: PutSigningConfigurationResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException';
  };
  readonly RegisterPullTimeUpdateExclusion: {
    readonly input: RegisterPullTimeUpdateExclusionRequest;
    readonly output: RegisterPullTimeUpdateExclusionResponse;
    readonly errors: 'InvalidParameterException' | 'ExclusionAlreadyExistsException' | 'LimitExceededException' | 'ValidationException' | 'ServerException';
  };
  readonly SetRepositoryPolicy: {
    readonly input: SetRepositoryPolicyRequest;
    readonly output: SetRepositoryPolicyResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException';
  };
  readonly StartImageScan: {
    readonly input: StartImageScanRequest;
    readonly output: StartImageScanResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'UnsupportedImageTypeException' | 'LimitExceededException' | 'RepositoryNotFoundException' | 'ImageNotFoundException' | 'ValidationException' | 'ImageArchivedException';
  };
  readonly StartLifecyclePolicyPreview: {
    readonly input: StartLifecyclePolicyPreviewRequest;
    readonly output: StartLifecyclePolicyPreviewResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'RepositoryNotFoundException' | 'LifecyclePolicyNotFoundException' | 'LifecyclePolicyPreviewInProgressException' | 'ValidationException';
  };
  readonly TagResource: {
    readonly input: TagResourceRequest;
    readonly output: TagResourceResponse;
    readonly errors: 'InvalidParameterException' | 'InvalidTagParameterException' | 'TooManyTagsException' | 'RepositoryNotFoundException' | 'ServerException';
  };
  readonly UntagResource: {
    readonly input: UntagResourceRequest;
    readonly output: UntagResourceResponse;
    readonly errors: 'InvalidParameterException' | 'InvalidTagParameterException' | 'TooManyTagsException' | 'RepositoryNotFoundException' | 'ServerException';
  };
  readonly UpdateImageStorageClass: {
    readonly input: UpdateImageStorageClassRequest;
    readonly output: UpdateImageStorageClassResponse;
    readonly errors: 'InvalidParameterException' | 'ImageNotFoundException' | 'ImageStorageClassUpdateNotSupportedException' | 'RepositoryNotFoundException' | 'ServerException' | 'ValidationException';
  };
  readonly UpdatePullThroughCacheRule: {
    readonly input: UpdatePullThroughCacheRuleRequest;
    readonly output: UpdatePullThroughCacheRuleResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'UnableToAccessSecretException' | 'PullThroughCacheRuleNotFoundException' | 'SecretNotFoundException' | 'UnableToDecryptSecretValueException';
  };
  readonly UpdateRepositoryCreationTemplate: {
    readonly input: UpdateRepositoryCreationTemplateRequest;
    readonly output: UpdateRepositoryCreationTemplateResponse;
    readonly errors: 'ServerException' | 'ValidationException' | 'InvalidParameterException' | 'TemplateNotFoundException';
  };
  readonly UploadLayerPart: {
    readonly input: UploadLayerPartRequest;
    readonly output: UploadLayerPartResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'InvalidLayerPartException' | 'RepositoryNotFoundException' | 'UploadNotFoundException' | 'LimitExceededException' | 'KmsException';
  };
  readonly ValidatePullThroughCacheRule: {
    readonly input: ValidatePullThroughCacheRuleRequest;
    readonly output: ValidatePullThroughCacheRuleResponse;
    readonly errors: 'ServerException' | 'InvalidParameterException' | 'ValidationException' | 'PullThroughCacheRuleNotFoundException';
  };
};
