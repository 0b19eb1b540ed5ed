// GET /signing-profiles/{profileName}/permissions
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { readPageToken } from '../page-token.ts';

export const listProfilePermissions = operation('ListProfilePermissions', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  async handle({ profileName, nextToken }, { account, services }) {
    // One page holds all that fits a profile's policy, so no token was ever given.
    if (nextToken !== undefined) readPageToken(['permissions'], nextToken);
    const { revision, permissions, policySizeBytes } = await services.signing.permissions.list(
      account,
      profileName,
    );
    return {
      ...(revision === undefined ? {} : { revisionId: revision }),
      policySizeBytes,
      permissions: [...permissions],
    };
  },
});
