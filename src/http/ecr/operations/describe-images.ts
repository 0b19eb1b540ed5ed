// DescribeImages: the images named, or all of a repository in pages.
import { ConstraintError } from '../../aws/shapes.ts';
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { digestAt, imageDetailShape, imageId } from '../shapes.ts';

export const describeImages = operation('DescribeImages', async (input, { account, services }) => {
  const { repositoryName, imageIds: ids, nextToken, maxResults, filter } = input;
  const { claims, registry } = services;
  if (ids !== undefined && (nextToken !== undefined || maxResults !== undefined)) {
    throw new ConstraintError('imageIds', 'Member must not be given with nextToken or maxResults');
  }
  const { tagStatus = 'ANY', imageStatus = 'ANY' } = filter ?? {};
  const name = { registry: account, repositoryName };
  const binding: Binding = [
    'image-details',
    account.accountId,
    account.region,
    repositoryName,
    tagStatus,
    imageStatus,
  ];
  const after = nextToken === undefined ? undefined : readPageToken(claims, binding, nextToken)['digest'];
  const { items, next } = await registry.images.describe(name, {
    ...(ids === undefined ? {} : { ids: ids.map(imageId) }),
    tagStatus,
    ...(after === undefined ? {} : { after: digestAt('nextToken', after) }),
    limit: maxResults ?? 100,
  });
  // Every image is active: there is no archive.
  if (imageStatus !== 'ANY' && imageStatus !== 'ACTIVE') return { imageDetails: [] };
  return {
    imageDetails: items.map((image) => imageDetailShape(name, image)),
    ...(next === undefined ? {} : { nextToken: writePageToken(claims, binding, { digest: next }) }),
  };
});
