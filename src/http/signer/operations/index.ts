// All operations of the Signer API; one that is forgotten does not compile.
import type { OperationTable } from '../../aws/operation.ts';
import type { Operations } from '../generated/types.ts';
import type { SignerServices } from '../services.ts';
import { addProfilePermission } from './add-profile-permission.ts';
import { cancelSigningProfile } from './cancel-signing-profile.ts';
import { describeSigningJob } from './describe-signing-job.ts';
import { getRevocationStatus } from './get-revocation-status.ts';
import { getSigningPlatform } from './get-signing-platform.ts';
import { getSigningProfile } from './get-signing-profile.ts';
import { listProfilePermissions } from './list-profile-permissions.ts';
import { listSigningJobs } from './list-signing-jobs.ts';
import { listSigningPlatforms } from './list-signing-platforms.ts';
import { listSigningProfiles } from './list-signing-profiles.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { putSigningProfile } from './put-signing-profile.ts';
import { removeProfilePermission } from './remove-profile-permission.ts';
import { revokeSignature } from './revoke-signature.ts';
import { revokeSigningProfile } from './revoke-signing-profile.ts';
import { signPayload } from './sign-payload.ts';
import { startSigningJob } from './start-signing-job.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';

export const operations = {
  AddProfilePermission: addProfilePermission,
  CancelSigningProfile: cancelSigningProfile,
  DescribeSigningJob: describeSigningJob,
  GetRevocationStatus: getRevocationStatus,
  GetSigningPlatform: getSigningPlatform,
  GetSigningProfile: getSigningProfile,
  ListProfilePermissions: listProfilePermissions,
  ListSigningJobs: listSigningJobs,
  ListSigningPlatforms: listSigningPlatforms,
  ListSigningProfiles: listSigningProfiles,
  ListTagsForResource: listTagsForResource,
  PutSigningProfile: putSigningProfile,
  RemoveProfilePermission: removeProfilePermission,
  RevokeSignature: revokeSignature,
  RevokeSigningProfile: revokeSigningProfile,
  SignPayload: signPayload,
  StartSigningJob: startSigningJob,
  TagResource: tagResource,
  UntagResource: untagResource,
} satisfies OperationTable<Operations, SignerServices>;
