// GET /revocations: what AWS's notation plugin asks before it trusts a signature.
import { operation } from '../operation.ts';

export const getRevocationStatus = operation('GetRevocationStatus', async (input, { services }) => ({
  // Certificates are revoked by the job or the profile version that they are for, never by themselves.
  revokedEntities: await services.signing.revocation.status({
    platformId: input.platformId,
    profileVersionArn: input.profileVersionArn,
    jobArn: input.jobArn,
    signedAt: input.signatureTimestamp,
  }),
}));
