// All operations of ECR's API; one that is forgotten does not compile.
import { notOffered, type OperationTable } from '../../aws/operation.ts';
import type { Operations } from '../generated/types.ts';
import type { EcrServices } from '../services.ts';
import { batchCheckLayerAvailability } from './batch-check-layer-availability.ts';
import { batchDeleteImage } from './batch-delete-image.ts';
import { batchGetImage } from './batch-get-image.ts';
import { completeLayerUpload } from './complete-layer-upload.ts';
import { createRepository } from './create-repository.ts';
import { deleteRegistryPolicy } from './delete-registry-policy.ts';
import { deleteRepository } from './delete-repository.ts';
import { deleteRepositoryPolicy } from './delete-repository-policy.ts';
import { deleteSigningConfiguration } from './delete-signing-configuration.ts';
import { describeImageSigningStatus } from './describe-image-signing-status.ts';
import { describeImages } from './describe-images.ts';
import { describeRegistry } from './describe-registry.ts';
import { describeRepositories } from './describe-repositories.ts';
import { getAuthorizationToken } from './get-authorization-token.ts';
import { getDownloadUrlForLayer } from './get-download-url-for-layer.ts';
import { getRegistryPolicy } from './get-registry-policy.ts';
import { getRepositoryPolicy } from './get-repository-policy.ts';
import { getSigningConfiguration } from './get-signing-configuration.ts';
import { initiateLayerUpload } from './initiate-layer-upload.ts';
import { listImageReferrers } from './list-image-referrers.ts';
import { listImages } from './list-images.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { putImage } from './put-image.ts';
import { putImageTagMutability } from './put-image-tag-mutability.ts';
import { putRegistryPolicy } from './put-registry-policy.ts';
import { putSigningConfiguration } from './put-signing-configuration.ts';
import { setRepositoryPolicy } from './set-repository-policy.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';
import { uploadLayerPart } from './upload-layer-part.ts';

const lifecycle = notOffered('Lifecycle policies are not offered yet.');
const scanning = notOffered('Images are not scanned here.');
const pullThroughCache = notOffered('Pull-through caches are not offered yet.');
const templates = notOffered(
  'Repository creation templates are not offered yet; create the repository with CreateRepository.',
);
const replication = notOffered('Registries are not replicated yet.');
const accountSettings = notOffered('There are no account settings here.');
const pullTimeExclusions = notOffered('Pull times are recorded for every principal.');
const storageClasses = notOffered('There is one storage class only.');

export const operations = {
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  BatchDeleteImage: batchDeleteImage,
  BatchGetImage: batchGetImage,
  BatchGetRepositoryScanningConfiguration: scanning,
  CompleteLayerUpload: completeLayerUpload,
  CreatePullThroughCacheRule: pullThroughCache,
  CreateRepository: createRepository,
  CreateRepositoryCreationTemplate: templates,
  DeleteLifecyclePolicy: lifecycle,
  DeletePullThroughCacheRule: pullThroughCache,
  DeleteRegistryPolicy: deleteRegistryPolicy,
  DeleteRepository: deleteRepository,
  DeleteRepositoryCreationTemplate: templates,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  DeleteSigningConfiguration: deleteSigningConfiguration,
  DeregisterPullTimeUpdateExclusion: pullTimeExclusions,
  DescribeImageReplicationStatus: replication,
  DescribeImageScanFindings: scanning,
  DescribeImageSigningStatus: describeImageSigningStatus,
  DescribeImages: describeImages,
  DescribePullThroughCacheRules: pullThroughCache,
  DescribeRegistry: describeRegistry,
  DescribeRepositories: describeRepositories,
  DescribeRepositoryCreationTemplates: templates,
  GetAccountSetting: accountSettings,
  GetAuthorizationToken: getAuthorizationToken,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
  GetLifecyclePolicy: lifecycle,
  GetLifecyclePolicyPreview: lifecycle,
  GetRegistryPolicy: getRegistryPolicy,
  GetRegistryScanningConfiguration: scanning,
  GetRepositoryPolicy: getRepositoryPolicy,
  GetSigningConfiguration: getSigningConfiguration,
  InitiateLayerUpload: initiateLayerUpload,
  ListImageReferrers: listImageReferrers,
  ListImages: listImages,
  ListPullTimeUpdateExclusions: pullTimeExclusions,
  ListTagsForResource: listTagsForResource,
  PutAccountSetting: accountSettings,
  PutImage: putImage,
  PutImageScanningConfiguration: scanning,
  PutImageTagMutability: putImageTagMutability,
  PutLifecyclePolicy: lifecycle,
  PutRegistryPolicy: putRegistryPolicy,
  PutRegistryScanningConfiguration: scanning,
  PutReplicationConfiguration: replication,
  PutSigningConfiguration: putSigningConfiguration,
  RegisterPullTimeUpdateExclusion: pullTimeExclusions,
  SetRepositoryPolicy: setRepositoryPolicy,
  StartImageScan: scanning,
  StartLifecyclePolicyPreview: lifecycle,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateImageStorageClass: storageClasses,
  UpdatePullThroughCacheRule: pullThroughCache,
  UpdateRepositoryCreationTemplate: templates,
  UploadLayerPart: uploadLayerPart,
  ValidatePullThroughCacheRule: pullThroughCache,
} satisfies OperationTable<Operations, EcrServices>;
