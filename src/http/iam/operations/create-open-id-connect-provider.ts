// CreateOpenIDConnectProvider
import { oidcProviderArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { newProvider } from '../resources.ts';
import { tagShapes, tagsOf } from '../shapes.ts';

export const createOpenIDConnectProvider = operation('CreateOpenIDConnectProvider', {
  resource: newProvider,
  async handle(input, { account, services }) {
    const provider = await services.iam.oidcProviders.create({
      accountId: account.accountId,
      url: input.Url,
      clientIds: input.ClientIDList,
      thumbprints: input.ThumbprintList,
      tags: tagsOf(input.Tags),
    });
    return {
      OpenIDConnectProviderArn: oidcProviderArn(provider.accountId, provider.name),
      Tags: tagShapes(provider.tags),
    };
  },
});
