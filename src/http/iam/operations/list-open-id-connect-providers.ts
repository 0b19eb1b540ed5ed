// ListOpenIDConnectProviders
import { oidcProviderArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

export const listOpenIDConnectProviders = operation(
  'ListOpenIDConnectProviders',
  async (_input, { account, services }) => {
    const providers = await services.iam.oidcProviders.list(account.accountId);
    return {
      OpenIDConnectProviderList: providers.map(({ accountId, name }) => ({
        Arn: oidcProviderArn(accountId, name),
      })),
    };
  },
);
