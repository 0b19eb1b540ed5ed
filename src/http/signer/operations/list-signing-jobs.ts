// GET /signing-jobs
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { jobShape } from '../shapes.ts';

export const listSigningJobs = operation('ListSigningJobs', async (input, { account, services }) => {
  const { nextToken, maxResults } = input;
  const filters = {
    status: input.status,
    platformId: input.platformId,
    requestedBy: input.requestedBy,
    invoker: input.jobInvoker,
    isRevoked: input.isRevoked,
    expiresBefore: input.signatureExpiresBefore,
    expiresAfter: input.signatureExpiresAfter,
  };
  const binding: Binding = ['jobs', account.accountId, account.region, ...Object.values(filters)];
  const [createdAt, id] = nextToken === undefined ? [] : readPageToken(binding, nextToken);
  const page = await services.signing.jobs.list(account, {
    ...filters,
    after: createdAt === undefined ? undefined : { createdAt: Number(createdAt), id: String(id) },
    limit: maxResults ?? 25,
  });
  const { next } = page;
  return {
    jobs: page.items.map(jobShape),
    ...(next === undefined ? {} : { nextToken: writePageToken(binding, [next.createdAt, next.id]) }),
  };
});
