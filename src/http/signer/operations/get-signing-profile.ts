// GET /signing-profiles/{profileName}
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { profileOwner } from '../resources.ts';
import { profileShape } from '../shapes.ts';

export const getSigningProfile = operation('GetSigningProfile', {
  resource: (input, { account }) => signingProfileArn(profileOwner(input, account), input.profileName),
  async handle(input, { account, services }) {
    const { profiles } = services.signing;
    const owner = profileOwner(input, account);
    const profile = await profiles.get(owner, input.profileName);
    const tags = await profiles.listTags(owner, signingProfileArn(owner, profile.name));
    const { statusReason, revocation } = profile;
    return {
      ...profileShape(profile, tags),
      ...(statusReason === undefined ? {} : { statusReason }),
      ...(revocation === undefined
        ? {}
        : {
            revocationRecord: {
              revocationEffectiveFrom: revocation.effectiveFrom,
              revokedAt: revocation.revokedAt,
              revokedBy: revocation.revokedBy,
            },
          }),
    };
  },
});
