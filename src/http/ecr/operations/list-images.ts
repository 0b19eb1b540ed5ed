// ListImages: one line for each tag, and for each image without one.
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { digestAt, imageIdShape } from '../shapes.ts';

export const listImages = operation('ListImages', async (input, { account, services }) => {
  const { repositoryName, nextToken, filter } = input;
  const { claims, registry } = services;
  const { tagStatus = 'ANY', imageStatus = 'ANY' } = filter ?? {};
  const name = { registry: account, repositoryName };
  const binding: Binding = [
    'images',
    account.accountId,
    account.region,
    repositoryName,
    tagStatus,
    imageStatus,
  ];
  const key = nextToken === undefined ? undefined : readPageToken(claims, binding, nextToken);
  const { digest, tag } = key ?? {};
  const { items, next } = await registry.images.list(name, {
    tagStatus,
    ...(digest === undefined
      ? {}
      : { after: { digest: digestAt('nextToken', digest), ...(tag === undefined ? {} : { tag }) } }),
    limit: input.maxResults ?? 100,
  });
  // Every image is active: there is no archive.
  if (imageStatus !== 'ANY' && imageStatus !== 'ACTIVE') return { imageIds: [] };
  return {
    imageIds: items.map(imageIdShape),
    ...(next === undefined ? {} : { nextToken: writePageToken(claims, binding, { ...next }) }),
  };
});
