// POST /signing-jobs: signs an object in S3, which no platform here does; the refusal says what to do instead.
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { profileOwner } from '../resources.ts';

export const startSigningJob = operation('StartSigningJob', {
  resource: (input, { account }) => signingProfileArn(profileOwner(input, account), input.profileName),
  handle: (input, { account, services }) =>
    services.signing.jobs.startOnObject(profileOwner(input, account), input.profileName),
});
