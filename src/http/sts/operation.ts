// The factory of STS's operations. What a call is about is the role that it names, if any.
import { makeOperationFactory } from '../aws/operation.ts';
import type { Operations } from './generated/types.ts';
import type { StsServices } from './services.ts';

export const operation = makeOperationFactory<Operations, StsServices>((input) =>
  'RoleArn' in input && typeof input.RoleArn === 'string' ? input.RoleArn : '*',
);
