// DeleteOpenIDConnectProvider
import { operation } from '../operation.ts';

export const deleteOpenIDConnectProvider = operation(
  'DeleteOpenIDConnectProvider',
  async (input, { account, services }) => {
    await services.iam.oidcProviders.delete(account.accountId, input.OpenIDConnectProviderArn);
    return {};
  },
);
