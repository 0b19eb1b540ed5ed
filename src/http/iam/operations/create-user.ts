// CreateUser
import { operation } from '../operation.ts';
import { newEntity, tagging } from '../resources.ts';
import { tagsOf, wholeUserShape } from '../shapes.ts';

export const createUser = operation('CreateUser', {
  resource: newEntity('user'),
  alsoNeeds: tagging('User'),
  async handle(input, { account, services: { iam } }) {
    const user = await iam.users.create({
      accountId: account.accountId,
      name: input.UserName,
      path: input.Path,
      boundaryArn: input.PermissionsBoundary,
      tags: tagsOf(input.Tags),
    });
    return { User: await wholeUserShape(iam, user) };
  },
});
