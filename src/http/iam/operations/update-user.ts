// UpdateUser
import { operation } from '../operation.ts';
import { renamed } from '../resources.ts';

export const updateUser = operation('UpdateUser', {
  // Under a new name or path it may be somebody whom other policies speak of.
  alsoNeeds: async (input, context) => [
    {
      action: 'UpdateUser',
      resource: await renamed('user', input.UserName, input.NewUserName, input.NewPath, context),
    },
  ],
  async handle(input, { account, services }) {
    await services.iam.users.update(account.accountId, input.UserName, {
      name: input.NewUserName,
      path: input.NewPath,
    });
    return {};
  },
});
