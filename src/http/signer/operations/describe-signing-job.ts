// GET /signing-jobs/{jobId}
import { signingJobArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { jobShape } from '../shapes.ts';

export const describeSigningJob = operation('DescribeSigningJob', {
  resource: ({ jobId }, { account }) => signingJobArn(account, jobId),
  async handle(input, { account, services }) {
    const { job, profile } = await services.signing.jobs.describe(account, input.jobId);
    const { isRevoked: _, ...shape } = jobShape(job);
    const { state, requestedBy, revocation } = job;
    const { parameters } = profile;
    return {
      ...shape,
      ...(Object.keys(parameters).length === 0 ? {} : { signingParameters: parameters }),
      ...(state.status === 'InProgress' ? {} : { completedAt: state.completedAt }),
      ...(state.status === 'Failed'
        ? { statusReason: `${state.failure.code}: ${state.failure.reason}` }
        : {}),
      ...(revocation === undefined ? {} : { revocationRecord: revocation }),
      requestedBy,
    };
  },
});
