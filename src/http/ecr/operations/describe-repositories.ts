// DescribeRepositories: the ones named, or all by name in pages.
import { repositoryArn } from '../../../shared/arn.ts';
import { ConstraintError } from '../../aws/shapes.ts';
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { repositoryShape } from '../shapes.ts';

export const describeRepositories = operation('DescribeRepositories', {
  resource: ({ repositoryNames = ['*'] }, { account }) =>
    repositoryNames.map((name) => repositoryArn(account, name)),
  async handle(input, { account, services }) {
    const { repositoryNames: names, nextToken, maxResults } = input;
    const { claims, endpoints, registry } = services;
    if (names !== undefined && (nextToken !== undefined || maxResults !== undefined)) {
      throw new ConstraintError('repositoryNames', 'Member must not be given with nextToken or maxResults');
    }
    const binding: Binding = ['repositories', account.accountId, account.region];
    const after = nextToken === undefined ? undefined : readPageToken(claims, binding, nextToken)['name'];
    const { items, next } = await registry.repositories.describe(account, {
      ...(names === undefined ? {} : { names }),
      ...(after === undefined ? {} : { after }),
      limit: maxResults ?? 100,
    });
    return {
      repositories: items.map((repository) => repositoryShape(repository, endpoints)),
      ...(next === undefined ? {} : { nextToken: writePageToken(claims, binding, { name: next }) }),
    };
  },
});
