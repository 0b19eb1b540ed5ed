// GetUser
import { rootPrincipalArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { ownerOf, userOrCaller } from '../resources.ts';
import { wholeUserShape } from '../shapes.ts';

export const getUser = operation('GetUser', {
  resource: userOrCaller,
  async handle(input, { account, principal, services: { iam } }) {
    const owner = ownerOf(input.UserName, principal);
    if (owner.kind === 'user')
      return { User: await wholeUserShape(iam, await iam.users.get(account.accountId, owner.name)) };
    const root = await iam.accounts.find(account.accountId);
    return {
      User: {
        Path: '/',
        UserName: '',
        UserId: account.accountId,
        Arn: rootPrincipalArn(account.accountId),
        CreateDate: root?.createdAt ?? 0,
      },
    };
  },
});
