// The factory of ECR's operations. By default a call is about the repository that it names, else about no resource.
// Source: the service authorization reference, "Actions, resources, and condition keys for Amazon ECR".
import { repositoryArn } from '../../shared/arn.ts';
import { makeOperationFactory } from '../aws/operation.ts';
import type { Operations } from './generated/types.ts';
import type { EcrServices } from './services.ts';

export const operation = makeOperationFactory<Operations, EcrServices>((input, { account }) =>
  'repositoryName' in input && typeof input.repositoryName === 'string'
    ? repositoryArn(account, input.repositoryName)
    : '*',
);
