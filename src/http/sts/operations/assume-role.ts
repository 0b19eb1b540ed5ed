// AssumeRole: the role's trust policy decides, together with the caller's own policies.
import { operation } from '../operation.ts';
import { assumedRoleShape } from '../shapes.ts';

export const assumeRole = operation('AssumeRole', {
  permission: 'none',
  async handle(input, { caller, decided, services }) {
    const session = await services.sts.assumeRole({
      caller,
      decided,
      roleArn: input.RoleArn,
      sessionName: input.RoleSessionName,
      durationSeconds: input.DurationSeconds,
      policy: input.Policy,
      policyArns: input.PolicyArns?.map(({ arn }) => arn ?? ''),
      tags: input.Tags?.map(({ Key, Value }) => ({ key: Key, value: Value })),
      transitiveTagKeys: input.TransitiveTagKeys,
      externalId: input.ExternalId,
      sourceIdentity: input.SourceIdentity,
      unsupported: { SerialNumber: input.SerialNumber, ProvidedContexts: input.ProvidedContexts },
    });
    return {
      ...assumedRoleShape(session),
      ...(session.sourceIdentity === undefined ? {} : { SourceIdentity: session.sourceIdentity }),
    };
  },
});
