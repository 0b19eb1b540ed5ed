// Tags of users and roles.
import type { Page } from '../../storage.ts';
import { change, type IamDeps } from './deps.ts';
import { findIdentity, type IdentityName, pageAfter } from './lookup.ts';
import { type Tag, withoutTags, withTags } from './tags.ts';

export interface IdentityTagsDoor {
  /** Adds and replaces. Throws NoSuchEntity, LimitExceeded, Validation. */
  tag(identity: IdentityName<'user' | 'role'>, tags: readonly Tag[]): Promise<void>;
  /** Names that are not there are passed over. Throws NoSuchEntity. */
  untag(identity: IdentityName<'user' | 'role'>, keys: readonly string[]): Promise<void>;
  /** By name. Throws NoSuchEntity. */
  list(
    identity: IdentityName<'user' | 'role'>,
    query: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<Page<Tag, string>>;
}

export function makeIdentityTags(deps: IamDeps): IdentityTagsDoor {
  return {
    tag: (name, tags) =>
      change(deps, async (tx) => {
        const identity = await findIdentity(deps, tx, name);
        await deps.identities.update(tx, { ...identity, tags: withTags(identity.tags, tags) });
      }),
    untag: (name, keys) =>
      change(deps, async (tx) => {
        const identity = await findIdentity(deps, tx, name);
        await deps.identities.update(tx, { ...identity, tags: withoutTags(identity.tags, keys) });
      }),
    async list(name, query) {
      const { tags } = await findIdentity(deps, deps.storage.reader, name);
      const sorted = Object.entries(tags)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value], at) => ({ key, value, place: String(at).padStart(2, '0') }));
      // By place: names of tags may be too long for a marker.
      const { items, ...rest } = pageAfter(sorted, ({ place }) => place, query);
      return { items: items.map(({ key, value }) => ({ key, value })), ...rest };
    },
  };
}
