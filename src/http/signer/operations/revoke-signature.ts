// PUT /signing-jobs/{jobId}/revoke
import { type RegistryKey, signingJobArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';

/** The registry whose job is meant: another account's when the call says so. */
function jobOwner(input: { readonly jobOwner?: string | undefined }, account: RegistryKey): RegistryKey {
  return { region: account.region, accountId: input.jobOwner ?? account.accountId };
}

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
