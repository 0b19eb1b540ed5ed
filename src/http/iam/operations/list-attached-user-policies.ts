// ListAttachedUserPolicies
import { policyArn } from '../../../domain/access/index.ts';
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';

export const listAttachedUserPolicies = operation(
  'ListAttachedUserPolicies',
  async (input, { account, services }) => {
    const { claims, iam } = services;
    const identity = { accountId: account.accountId, kind: 'user', name: input.UserName } as const;
    const { PathPrefix } = input;
    const binding = ['ListAttachedUserPolicies', identity.accountId, identity.name, PathPrefix];
    const page = await listPage(claims, input, binding, (query) =>
      iam.attachments.list(identity, { ...query, pathPrefix: PathPrefix }),
    );
    const AttachedPolicies = page.items.map((policy) => ({
      PolicyName: policy.name,
      PolicyArn: policyArn(policy),
    }));
    return { AttachedPolicies, ...page.tail };
  },
);
