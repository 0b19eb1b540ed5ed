// CreateAccessKey
import { operation } from '../operation.ts';
import { ownerOf, userOrCaller } from '../resources.ts';

export const createAccessKey = operation('CreateAccessKey', {
  resource: userOrCaller,
  async handle(input, { principal, services }) {
    const owner = ownerOf(input.UserName, principal);
    const { key, secretAccessKey } = await services.iam.accessKeys.create(owner);
    return {
      AccessKey: {
        UserName: owner.kind === 'user' ? owner.name : '',
        AccessKeyId: key.id,
        Status: key.status,
        SecretAccessKey: secretAccessKey,
        CreateDate: key.createdAt,
      },
    };
  },
});
