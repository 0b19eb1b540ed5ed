// CreatePolicyVersion
import { operation } from '../operation.ts';
import { versionShape } from '../shapes.ts';

export const createPolicyVersion = operation('CreatePolicyVersion', async (input, { account, services }) => {
  const { PolicyArn, PolicyDocument, SetAsDefault } = input;
  const { policies } = services.iam;
  const created = await policies.createVersion(
    account.accountId,
    PolicyArn,
    PolicyDocument,
    SetAsDefault ?? false,
  );
  return { PolicyVersion: versionShape(created) };
});
