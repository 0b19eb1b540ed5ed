// The factory of Signer's operations. By default a call is about all that the account has.
import { makeOperationFactory } from '../aws/operation.ts';
import type { Operations } from './generated/types.ts';
import type { SignerServices } from './services.ts';

export const operation = makeOperationFactory<Operations, SignerServices>(
  (_input, { account }) => `arn:aws:signer:${account.region}:${account.accountId}:*`,
);
