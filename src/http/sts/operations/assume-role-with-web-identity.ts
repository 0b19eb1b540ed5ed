// AssumeRoleWithWebIdentity: no signature; the token of a configured identity provider proves the caller.
import { openOperation } from '../../aws/operation.ts';
import type { Operations } from '../generated/types.ts';
import type { StsServices } from '../services.ts';
import { assumedRoleShape } from '../shapes.ts';

export const assumeRoleWithWebIdentity = openOperation<Operations, 'AssumeRoleWithWebIdentity', StsServices>(
  'AssumeRoleWithWebIdentity',
  async (input, { request, decided, services }) => {
    const session = await services.sts.assumeRoleWithWebIdentity({
      request,
      decided,
      roleArn: input.RoleArn,
      sessionName: input.RoleSessionName,
      token: input.WebIdentityToken,
      durationSeconds: input.DurationSeconds,
      policy: input.Policy,
      policyArns: input.PolicyArns?.map(({ arn }) => arn ?? ''),
      unsupported: { ProviderId: input.ProviderId },
    });
    return {
      ...assumedRoleShape(session),
      SubjectFromWebIdentityToken: session.subject,
      Provider: session.providerArn,
      Audience: session.audience,
    };
  },
);
