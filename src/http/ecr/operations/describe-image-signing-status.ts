// DescribeImageSigningStatus: one entry for each profile that was to sign the image.
import { operation } from '../operation.ts';

export const describeImageSigningStatus = operation(
  'DescribeImageSigningStatus',
  async (input, { account, services }) => {
    const { repositoryName, imageId } = input;
    const { imageDigest: digest, imageTag: tag } = imageId;
    const { image, statuses } = await services.signing.status(
      { registry: account, repositoryName },
      { ...(digest === undefined ? {} : { digest }), ...(tag === undefined ? {} : { tag }) },
    );
    return {
      repositoryName,
      registryId: account.accountId,
      imageId: { imageDigest: image.digest, ...(tag === undefined ? {} : { imageTag: tag }) },
      signingStatuses: statuses.map(({ profileArn: signingProfileArn, state }) =>
        state.status === 'FAILED'
          ? {
              signingProfileArn,
              status: state.status,
              failureCode: state.failure.code,
              failureReason: state.failure.reason,
            }
          : { signingProfileArn, status: state.status },
      ),
    };
  },
);
