// ListImageReferrers: signatures and other artifacts whose subject is the image. The image itself may be absent.
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { digestAt, referrerShape } from '../shapes.ts';

export const listImageReferrers = operation('ListImageReferrers', async (input, { account, services }) => {
  const { repositoryName, subjectId, nextToken, filter } = input;
  const { claims, registry } = services;
  const { artifactTypes, artifactStatus = 'ANY' } = filter ?? {};
  const subject = digestAt('subjectId.imageDigest', subjectId.imageDigest);
  const binding: Binding = [
    'referrers',
    account.accountId,
    account.region,
    repositoryName,
    subject,
    artifactTypes,
    artifactStatus,
  ];
  const after = nextToken === undefined ? undefined : readPageToken(claims, binding, nextToken)['digest'];
  const { items, next } = await registry.images.listReferrers(
    { registry: account, repositoryName },
    subject,
    {
      ...(artifactTypes === undefined || artifactTypes.length === 0 ? {} : { artifactTypes }),
      ...(after === undefined ? {} : { after: digestAt('nextToken', after) }),
      limit: input.maxResults ?? 50,
    },
  );
  // Every artifact is active: there is no archive.
  if (artifactStatus !== 'ANY' && artifactStatus !== 'ACTIVE') return { referrers: [] };
  return {
    referrers: items.map(referrerShape),
    ...(next === undefined ? {} : { nextToken: writePageToken(claims, binding, { digest: next }) }),
  };
});
