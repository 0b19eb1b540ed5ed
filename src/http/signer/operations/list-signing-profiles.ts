// GET /signing-profiles
import { signingProfileArn } from '../../../shared/arn.ts';
import { operation } from '../operation.ts';
import { type Binding, readPageToken, writePageToken } from '../page-token.ts';
import { profileShape } from '../shapes.ts';

export const listSigningProfiles = operation('ListSigningProfiles', async (input, { account, services }) => {
  const { profiles } = services.signing;
  const { platformId, nextToken } = input;
  const statuses = input.statuses ?? (input.includeCanceled ? ['Active', 'Canceled'] : ['Active']);
  const binding: Binding = ['profiles', account.accountId, account.region, platformId, statuses];
  const [name, version] = nextToken === undefined ? [] : readPageToken(binding, nextToken);
  const page = await profiles.list(account, {
    statuses,
    platformId,
    after: name === undefined ? undefined : { name: String(name), version: String(version) },
    limit: input.maxResults ?? 25,
  });
  const shapes = page.items.map(async (profile) =>
    profileShape(profile, await profiles.listTags(account, signingProfileArn(account, profile.name))),
  );
  const { next } = page;
  return {
    profiles: await Promise.all(shapes),
    ...(next === undefined ? {} : { nextToken: writePageToken(binding, [next.name, next.version]) }),
  };
});
