// All operations of STS's API that the model has; one that is forgotten does not compile.
import type { OperationTable } from '../../aws/operation.ts';
import type { Operations } from '../generated/types.ts';
import type { StsServices } from '../services.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { getCallerIdentity } from './get-caller-identity.ts';
import { getSessionToken } from './get-session-token.ts';

export const operations = {
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
} satisfies OperationTable<Operations, StsServices>;
