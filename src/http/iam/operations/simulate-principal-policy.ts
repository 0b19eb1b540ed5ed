// SimulatePrincipalPolicy
import { lastingIdOf } from '../../../domain/access/index.ts';
import { operation } from '../operation.ts';
import { listPage } from '../paging.ts';
import { questionOf, resultShape } from '../simulation.ts';

export const simulatePrincipalPolicy = operation(
  'SimulatePrincipalPolicy',
  async (input, { account, principal, services }) => {
    const { claims, iam } = services;
    const { accountId } = account;
    const resources = input.ResourceArns ?? ['*'];
    const binding = [accountId, input.PolicySourceArn, ...input.ActionNames, ...resources];
    const page = await listPage(claims, input, ['SimulatePrincipalPolicy', ...binding], (query) =>
      iam.simulate({
        ...query,
        callerId: lastingIdOf(principal),
        accountId,
        ...questionOf(input),
        actions: input.ActionNames,
        resources,
      }),
    );
    return { EvaluationResults: page.items.map(resultShape), ...page.tail };
  },
);
