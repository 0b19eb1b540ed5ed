// CreateRole
import { operation } from '../operation.ts';
import { newEntity, tagging } from '../resources.ts';
import { tagsOf, wholeRoleShape } from '../shapes.ts';

export const createRole = operation('CreateRole', {
  resource: newEntity('role'),
  alsoNeeds: tagging('Role'),
  async handle(input, { account, services: { iam } }) {
    const role = await iam.roles.create({
      accountId: account.accountId,
      name: input.RoleName,
      path: input.Path,
      trustPolicy: input.AssumeRolePolicyDocument,
      description: input.Description,
      maxSessionSeconds: input.MaxSessionDuration,
      boundaryArn: input.PermissionsBoundary,
      tags: tagsOf(input.Tags),
    });
    return { Role: await wholeRoleShape(iam, role) };
  },
});
