// PUT /signing-jobs/{jobId}/revoke
import { signingJobArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { jobOwner } from '../resources.ts';

export const revokeSignature = operation('RevokeSignature', {
  resource: (input, { account }) => signingJobArn(jobOwner(input, account), input.jobId),
  async handle(input, { account, principal, services }) {
    await services.signing.revocation.signature({
      owner: jobOwner(input, account),
      jobId: input.jobId,
      reason: input.reason,
      revokedBy: principal.arn,
    });
    return {};
  },
});
