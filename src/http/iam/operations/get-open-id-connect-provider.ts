// GetOpenIDConnectProvider
import { operation } from '../operation.ts';
import { tagShapes } from '../shapes.ts';

export const getOpenIDConnectProvider = operation(
  'GetOpenIDConnectProvider',
  async (input, { account, services }) => {
    const { oidcProviders } = services.iam;
    const provider = await oidcProviders.get(account.accountId, input.OpenIDConnectProviderArn);
    return {
      Url: provider.name,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: provider.createdAt,
      Tags: tagShapes(provider.tags),
    };
  },
);
