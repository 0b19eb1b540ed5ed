// PUT /signing-profiles/{profileName}/revoke
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const revokeSigningProfile = operation('RevokeSigningProfile', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  async handle(input, { account, principal, services }) {
    await services.signing.revocation.profile({
      owner: account,
      name: input.profileName,
      version: input.profileVersion,
      reason: input.reason,
      effectiveFrom: input.effectiveTime,
      revokedBy: principal.arn,
    });
    return {};
  },
});
