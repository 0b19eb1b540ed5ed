// POST /signing-jobs/with-payload
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { profileOwner } from '../resources.ts';

export const signPayload = operation('SignPayload', {
  resource: (input, { account }) => signingProfileArn(profileOwner(input, account), input.profileName),
  async handle(input, { account, principal, services }) {
    const { jobId, jobOwner, metadata, envelope } = await services.signing.signPayload({
      owner: profileOwner(input, account),
      profileName: input.profileName,
      payload: input.payload,
      payloadFormat: input.payloadFormat,
      principal,
    });
    return { jobId, jobOwner, metadata, signature: envelope };
  },
});
