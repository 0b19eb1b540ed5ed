// All operations of the Signer API; one that is forgotten does not compile.
import { notOffered, type OperationTable } from '../../aws/operation.ts';
import type { Operations } from '../generated/types.ts';
import type { SignerServices } from '../services.ts';
import { addProfilePermission } from './add-profile-permission.ts';
import { cancelSigningProfile } from './cancel-signing-profile.ts';
import { describeSigningJob } from './describe-signing-job.ts';
import { getSigningPlatform } from './get-signing-platform.ts';
import { getSigningProfile } from './get-signing-profile.ts';
import { listProfilePermissions } from './list-profile-permissions.ts';
import { listSigningJobs } from './list-signing-jobs.ts';
import { listSigningPlatforms } from './list-signing-platforms.ts';
import { listSigningProfiles } from './list-signing-profiles.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { putSigningProfile } from './put-signing-profile.ts';
import { removeProfilePermission } from './remove-profile-permission.ts';
import { signPayload } from './sign-payload.ts';
import { startSigningJob } from './start-signing-job.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';

const revocation = notOffered('Revocation is not offered yet.');

export const operations = {
  AddProfilePermission: addProfilePermission,
  CancelSigningProfile: cancelSigningProfile,
  DescribeSigningJob: describeSigningJob,
  GetRevocationStatus: revocation,
  GetSigningPlatform: getSigningPlatform,
  GetSigningProfile: getSigningProfile,
  ListProfilePermissions: listProfilePermissions,
  ListSigningJobs: listSigningJobs,
  ListSigningPlatforms: listSigningPlatforms,
  ListSigningProfiles: listSigningProfiles,
  ListTagsForResource: listTagsForResource,
  PutSigningProfile: putSigningProfile,
  RemoveProfilePermission: removeProfilePermission,
  RevokeSignature: revocation,
  RevokeSigningProfile: revocation,
  SignPayload: signPayload,
  StartSigningJob: startSigningJob,
  TagResource: tagResource,
  UntagResource: untagResource,
} satisfies OperationTable<Operations, SignerServices>;
