// POST /signing-profiles/{profileName}/permissions
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const addProfilePermission = operation('AddProfilePermission', {
  resource: (input, { account }) => signingProfileArn(account, input.profileName),
  async handle(input, { account, services }) {
    const { profileName, revisionId, action, principal, statementId, profileVersion } = input;
    const permission = {
      action,
      principal,
      statementId,
      ...(profileVersion === undefined ? {} : { profileVersion }),
    };
    return {
      revisionId: await services.signing.permissions.add(account, profileName, permission, revisionId),
    };
  },
});
