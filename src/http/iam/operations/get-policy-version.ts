// GetPolicyVersion
import { operation } from '../operation.ts';
import { encodedDocument, versionShape } from '../shapes.ts';

export const getPolicyVersion = operation('GetPolicyVersion', async (input, { account, services }) => {
  const { PolicyArn, VersionId } = input;
  const found = await services.iam.policies.getVersion(account.accountId, PolicyArn, VersionId);
  return { PolicyVersion: { Document: encodedDocument(found.version.document), ...versionShape(found) } };
});
