// DELETE /signing-profiles/{profileName}/permissions/{statementId}
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const removeProfilePermission = operation('RemoveProfilePermission', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  async handle({ profileName, statementId, revisionId }, { account, services }) {
    const { permissions } = services.signing;
    const revision = await permissions.remove(account, profileName, statementId, revisionId);
    return revision === undefined ? {} : { revisionId: revision };
  },
});
