// The factory of Signer's operations. By default a call is about no resource.
// Source: the service authorization reference, "Actions, resources, and condition keys for AWS Signer".
import { makeOperationFactory } from '../aws/operation.ts';
import type { Operations } from './generated/types.ts';
import type { SignerServices } from './services.ts';

export const operation = makeOperationFactory<Operations, SignerServices>(() => '*');
