// CreatePolicy
import { operation } from '../operation.ts';
import { newEntity, tagging } from '../resources.ts';
import { tagsOf, wholePolicyShape } from '../shapes.ts';

export const createPolicy = operation('CreatePolicy', {
  resource: newEntity('policy'),
  alsoNeeds: tagging('Policy'),
  async handle(input, { account, services }) {
    const policy = await services.iam.policies.create({
      accountId: account.accountId,
      name: input.PolicyName,
      path: input.Path,
      document: input.PolicyDocument,
      description: input.Description,
      tags: tagsOf(input.Tags),
    });
    return { Policy: wholePolicyShape({ policy, attached: 0, boundaries: 0 }) };
  },
});
