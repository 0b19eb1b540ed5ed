// Pages over the images of one repository. Each is read in one turn, so that a page is of one moment, and each walks an
// index from its key: a page costs the same in a repository of any size, and whatever its images have of tags.
import { sql } from 'kysely';
import type { ImageListEntry, ImageLists, TagStatus } from '../../domain/registry/ports.ts';
import type { Image } from '../../domain/registry/types.ts';
import type { Reader } from '../../domain/storage.ts';
import type { Digest } from '../../shared/digest.ts';
import { type ImageRow, imageColumns, imageOf } from './images.ts';
import { type Builder, type Prepared, pageOf, prepare } from './prepared.ts';

interface PageKey {
  repositoryId: number;
  after: string;
  limit: number;
}

/** Tags of one page of descriptions; an image has at most a thousand. */
const TAGS_OF_PAGE = 5000;
/** Characters of annotations with which a page of referrers ends. */
const ANNOTATIONS_OF_PAGE = 256 * 1024;
/** Annotations are long, and nobody is shown them there. */
const describedColumns = imageColumns.filter((column) => column !== 'annotations');

type EntryKey = PageKey & { tag: string };
type EntryRow = { readonly digest: string; readonly tag: string | null };

export function makeImageLists(db: Builder): ImageLists {
  /** The page is cut from digests alone, so that an index holds all that it needs. */
  const describe = (status: TagStatus) =>
    prepare((p: PageKey) => {
      const page = db
        .selectFrom('images')
        .select(['repository_id', 'digest'])
        .where('repository_id', '=', p.repositoryId)
        .where('digest', '>', p.after)
        .$if(status === 'TAGGED', (query) => query.where('is_tagged', '=', 1))
        .$if(status === 'UNTAGGED', (query) => query.where('is_tagged', '=', 0))
        .orderBy('digest')
        .limit(p.limit)
        .as('page');
      return db
        .selectFrom(page)
        .innerJoin('images', (join) =>
          join
            .onRef('images.repository_id', '=', 'page.repository_id')
            .onRef('images.digest', '=', 'page.digest'),
        )
        .select([...describedColumns.map((column) => `images.${column}` as const), 'images.tag_count'])
        .select(sql<null>`null`.as('annotations'))
        .orderBy('page.digest');
    });
  const described = { TAGGED: describe('TAGGED'), UNTAGGED: describe('UNTAGGED'), ANY: describe('ANY') };
  // The tags of a run of images, the last of which is named.
  const tagsOfPage = prepare((p: { repositoryId: number; after: string; last: string }) =>
    db
      .selectFrom('tags')
      .select(['digest', 'tag'])
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '>', p.after)
      .where('digest', '<=', p.last)
      .orderBy('digest')
      .orderBy('tag'),
  );

  // Two walks for the entries: the rest of the tags of the image where the last page ended, then what follows.
  const moreTags = prepare((p: EntryKey) =>
    db
      .selectFrom('tags')
      .select(['digest', 'tag'])
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.after)
      .where('tag', '>', p.tag)
      .orderBy('tag')
      .limit(p.limit),
  );
  const tagged = prepare((p: PageKey) =>
    db
      .selectFrom('tags')
      .select(['digest', 'tag'])
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '>', p.after)
      .orderBy('digest')
      .orderBy('tag')
      .limit(p.limit),
  );
  const untagged = prepare((p: PageKey) =>
    db
      .selectFrom('images')
      .select(['digest', sql<string | null>`null`.as('tag')])
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '>', p.after)
      .where('is_tagged', '=', 0)
      .orderBy('digest')
      .limit(p.limit),
  );
  const any = prepare((p: PageKey) =>
    db
      .selectFrom('images')
      .leftJoin('tags', (join) =>
        join
          .onRef('tags.repository_id', '=', 'images.repository_id')
          .onRef('tags.digest', '=', 'images.digest'),
      )
      .select(['images.digest', 'tags.tag'])
      .where('images.repository_id', '=', p.repositoryId)
      .where('images.digest', '>', p.after)
      .orderBy('images.digest')
      .orderBy('tags.tag')
      .limit(p.limit),
  );
  const walks: Record<TagStatus, Prepared<PageKey, EntryRow>> = {
    TAGGED: tagged,
    UNTAGGED: untagged,
    ANY: any,
  };

  const referrers = prepare((p: PageKey & { subject: string }) =>
    db
      .selectFrom('images')
      .select(imageColumns)
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject)
      .where('digest', '>', p.after)
      .orderBy('digest')
      .limit(p.limit),
  );
  const referrersOfType = prepare((p: PageKey & { subject: string; artifactType: string }) =>
    db
      .selectFrom('images')
      .select('digest')
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject)
      .where('artifact_type', '=', p.artifactType)
      .where('digest', '>', p.after)
      .orderBy('digest')
      .limit(p.limit),
  );

  // Few, in no order: an index has them apart.
  const managed = prepare((p: { repositoryId: number; subject: string }) =>
    db
      .selectFrom('images')
      .select('digest')
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject)
      .where('signing_job_id', 'is not', null),
  );
  const one = prepare((p: { repositoryId: number; digest: string }) =>
    db
      .selectFrom('images')
      .select(imageColumns)
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );

  /** One walk for each type, merged: a single query would sort everything that has one of the types. */
  async function ofTypes(
    on: Reader,
    types: readonly string[],
    key: PageKey & { subject: string },
    passedOver: ReadonlySet<string>,
  ) {
    const digests: string[] = [];
    for (const artifactType of new Set(types))
      digests.push(...(await referrersOfType.all(on, { ...key, artifactType })).map(({ digest }) => digest));
    const rows: ImageRow[] = [];
    for (const digest of digests.sort().slice(0, key.limit)) {
      if (passedOver.has(digest)) continue;
      const row = await one.first(on, { repositoryId: key.repositoryId, digest });
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  return {
    async describe(on, repositoryId, { tagStatus, after = '', limit }) {
      const found = await described[tagStatus].all(on, { repositoryId, after, limit: limit + 1 });
      const images: (Image & { readonly tags: string[] })[] = [];
      let tagged = 0;
      for (const row of found) {
        tagged += row.tag_count;
        if (images.length === limit || (images.length > 0 && tagged > TAGS_OF_PAGE)) break;
        images.push({ ...imageOf(row), tags: [] });
      }
      const last = images.at(-1)?.digest;
      if (last === undefined) return { items: images };
      if (tagged > 0) {
        // Both are of one moment, as all reads of a turn are.
        const byDigest = new Map<string, string[]>(images.map(({ digest, tags }) => [digest, tags]));
        for (const { digest, tag } of await tagsOfPage.all(on, { repositoryId, after, last }))
          byDigest.get(digest)?.push(tag);
      }
      return images.length < found.length ? { items: images, next: last } : { items: images };
    },
    async entries(on, repositoryId, { tagStatus, after, limit }) {
      const rows: EntryRow[] = [];
      if (after?.tag !== undefined && tagStatus !== 'UNTAGGED')
        rows.push(
          ...(await moreTags.all(on, {
            repositoryId,
            after: after.digest,
            tag: after.tag,
            limit: limit + 1,
          })),
        );
      if (rows.length <= limit)
        rows.push(
          ...(await walks[tagStatus].all(on, {
            repositoryId,
            after: after?.digest ?? '',
            limit: limit + 1 - rows.length,
          })),
        );
      return pageOf(rows.map(entryOf), limit, (entry) => entry);
    },
    async referrers(on, repositoryId, subject, { artifactTypes, after = '', limit }) {
      const ours = (await managed.all(on, { repositoryId, subject })).map(({ digest }) => digest).sort();
      const isOurs: ReadonlySet<string> = new Set(ours);
      const isAmongOurs = after === '' || isOurs.has(after);
      const rows: ImageRow[] = [];
      for (const digest of isAmongOurs ? ours : []) {
        if (digest <= after || rows.length > limit) continue;
        const row = await one.first(on, { repositoryId, digest });
        if (row !== undefined && (artifactTypes?.includes(row.artifact_type ?? '') ?? true)) rows.push(row);
      }
      if (rows.length <= limit) {
        const key = {
          repositoryId,
          subject,
          after: isAmongOurs ? '' : after,
          limit: limit + 1 + ours.length,
        };
        const others =
          artifactTypes === undefined
            ? (await referrers.all(on, key)).filter(({ digest }) => !isOurs.has(digest))
            : await ofTypes(on, artifactTypes, key, isOurs);
        rows.push(...others);
      }
      const items: Image[] = [];
      let annotations = 0;
      for (const row of rows) {
        if (items.length === limit || annotations >= ANNOTATIONS_OF_PAGE) break;
        annotations += row.annotations?.length ?? 0;
        items.push(imageOf(row));
      }
      const last = items.at(-1);
      return last !== undefined && items.length < rows.length ? { items, next: last.digest } : { items };
    },
  };
}

function entryOf(row: EntryRow): ImageListEntry {
  const digest = row.digest as Digest;
  return row.tag === null ? { digest } : { digest, tag: row.tag };
}
