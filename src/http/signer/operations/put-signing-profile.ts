// PUT /signing-profiles/{profileName}
import { signingProfileArn, signingProfileVersionArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const putSigningProfile = operation('PutSigningProfile', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  requestTags: ({ tags = {} }) => ({ tags }),
  async handle(input, { account, services }) {
    const { name, version } = await services.signing.profiles.put({
      owner: account,
      name: input.profileName,
      platformId: input.platformId,
      validity: input.signatureValidityPeriod,
      parameters: input.signingParameters,
      tags: input.tags,
      signingMaterial: input.signingMaterial,
      overrides: input.overrides,
    });
    return {
      arn: signingProfileArn(account, name),
      profileVersion: version,
      profileVersionArn: signingProfileVersionArn(account, name, version),
    };
  },
});
