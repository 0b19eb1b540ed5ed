// DELETE /signing-profiles/{profileName}
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const cancelSigningProfile = operation('CancelSigningProfile', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  async handle(input, { account, services }) {
    await services.signing.profiles.cancel(account, input.profileName);
    return {};
  },
});
