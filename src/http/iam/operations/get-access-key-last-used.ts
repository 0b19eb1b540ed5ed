// GetAccessKeyLastUsed
import { operation } from '../operation.ts';

export const getAccessKeyLastUsed = operation(
  'GetAccessKeyLastUsed',
  async (input, { account, services }) => {
    const { userName, lastUsed } = await services.iam.accessKeys.lastUsed(
      account.accountId,
      input.AccessKeyId,
    );
    return {
      UserName: userName,
      // IAM's way to say never.
      AccessKeyLastUsed:
        lastUsed === undefined
          ? { ServiceName: 'N/A', Region: 'N/A' }
          : { LastUsedDate: lastUsed.at, ServiceName: lastUsed.service, Region: lastUsed.region },
    };
  },
);
