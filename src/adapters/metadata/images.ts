// Images: manifests with what the registry knows of them, their bytes, and what they reference.
import { sql } from 'kysely';
import type { Images } from '../../domain/registry/ports.ts';
import type { ContentFault, Image, ImageReference } from '../../domain/registry/types.ts';
import type { Tx } from '../../domain/storage.ts';
import type { Digest } from '../../shared/digest.ts';
import type { ManifestMediaType } from '../../shared/media-types.ts';
import { digestParameters, makeMissing } from './missing.ts';
import { type Builder, prepare } from './prepared.ts';

export const imageColumns = [
  'repository_id',
  'digest',
  'media_type',
  'artifact_type',
  'subject_digest',
  'annotations',
  'manifest_size_bytes',
  'image_size_bytes',
  'pushed_at',
  'last_pulled_at',
  'signing_job_id',
  'manifest_fault',
] as const;

export interface ImageRow {
  readonly repository_id: number;
  readonly digest: string;
  readonly media_type: string;
  readonly artifact_type: string | null;
  readonly subject_digest: string | null;
  readonly annotations: string | null;
  readonly manifest_size_bytes: number;
  readonly image_size_bytes: number;
  readonly pushed_at: number;
  readonly last_pulled_at: number | null;
  readonly signing_job_id: string | null;
  readonly manifest_fault: string | null;
}

/** References that one statement inserts, when there are so many: a manifest may have thousands. */
const MANY_REFERENCES = 64;

interface Key {
  repositoryId: number;
  digest: string;
}

export function makeImages(db: Builder): Images {
  const find = prepare((p: Key) =>
    db
      .selectFrom('images')
      .select(imageColumns)
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const bytes = prepare((p: Key) =>
    db
      .selectFrom('manifests')
      .select('bytes')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const insert = prepare((p: Omit<ImageRow, 'manifest_fault'>) =>
    db.insertInto('images').values({
      repository_id: p.repository_id,
      digest: p.digest,
      media_type: p.media_type,
      artifact_type: p.artifact_type,
      subject_digest: p.subject_digest,
      annotations: p.annotations,
      manifest_size_bytes: p.manifest_size_bytes,
      image_size_bytes: p.image_size_bytes,
      pushed_at: p.pushed_at,
      last_pulled_at: p.last_pulled_at,
      signing_job_id: p.signing_job_id,
      tag_count: 0,
      is_tagged: 0,
    }),
  );
  const countImages = prepare((p: { repositoryId: number; change: number }) =>
    db
      .updateTable('repositories')
      .set({ image_count: sql<number>`image_count + ${p.change}` })
      .where('id', '=', p.repositoryId),
  );
  const countReferrers = prepare((p: { repositoryId: number; change: number }) =>
    db
      .updateTable('repositories')
      .set({ referrer_count: sql<number>`referrer_count + ${p.change}` })
      .where('id', '=', p.repositoryId),
  );
  const counted = prepare((p: { repositoryId: number }) =>
    db
      .selectFrom('repositories')
      .select(['image_count as images', 'referrer_count as referrers'])
      .where('id', '=', p.repositoryId),
  );
  // Each by an index that holds all that it needs.
  const countedOf = prepare((p: { repositoryId: number; subject: string }) =>
    db
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject),
  );
  const countedManaged = prepare((p: { repositoryId: number; subject: string }) =>
    db
      .selectFrom('images')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject)
      .where('signing_job_id', 'is not', null),
  );
  const some = prepare((p: { repositoryId: number; limit: number }) =>
    db
      .selectFrom('images')
      .select(['digest', 'subject_digest', 'pushed_at'])
      .where('repository_id', '=', p.repositoryId)
      .limit(p.limit),
  );
  const referrersBefore = prepare(
    (p: { repositoryId: number; subject: string; before: number; after: string; limit: number }) =>
      db
        .selectFrom('images')
        .select('digest')
        .where('repository_id', '=', p.repositoryId)
        .where('subject_digest', '=', p.subject)
        .where('digest', '>', p.after)
        .where('pushed_at', '<', p.before)
        .orderBy('digest')
        .limit(p.limit),
  );
  const insertBytes = prepare((p: Key & { bytes: Uint8Array }) =>
    db
      .insertInto('manifests')
      .values({ repository_id: p.repositoryId, digest: p.digest, bytes: p.bytes })
      // Left behind when only the image's row was lost.
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'digest'])
          .doUpdateSet((eb) => ({ bytes: eb.ref('excluded.bytes') })),
      ),
  );
  // A manifest may name a digest twice in the same role.
  const insertSome = (size: number) =>
    prepare((p: Key & Record<`kind${number}` | `child${number}`, string>) =>
      db
        .insertInto('image_references')
        .values(
          Array.from({ length: size }, (_, at) => ({
            repository_id: p.repositoryId,
            parent_digest: p.digest,
            kind: p[`kind${at}`] as string,
            child_digest: p[`child${at}`] as string,
          })),
        )
        .onConflict((conflict) => conflict.doNothing()),
    );
  const insertOne = insertSome(1);
  const insertMany = insertSome(MANY_REFERENCES);
  async function insertReferences(tx: Tx, key: Key, references: readonly ImageReference[]): Promise<void> {
    for (let from = 0; from < references.length; ) {
      const size = references.length - from < MANY_REFERENCES ? 1 : MANY_REFERENCES;
      const parameters: Key & Record<string, string | number> = { ...key };
      for (let at = 0; at < size; at += 1) {
        parameters[`kind${at}`] = references[from + at]?.kind ?? '';
        parameters[`child${at}`] = references[from + at]?.digest ?? '';
      }
      await (size === 1 ? insertOne : insertMany).run(tx, parameters as Parameters<typeof insertOne.run>[1]);
      from += size;
    }
  }
  const remove = prepare((p: Key) =>
    db
      .deleteFrom('images')
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest)
      .returning(['subject_digest', 'signing_job_id']),
  );
  const renewLayers = prepare((p: Key & { at: number }) =>
    db
      .updateTable('repository_blobs')
      .set({ linked_at: p.at })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', 'in', (eb) =>
        eb
          .selectFrom('image_references')
          .select('child_digest')
          .where('repository_id', '=', p.repositoryId)
          .where('parent_digest', '=', p.digest)
          .where('kind', 'in', ['config', 'layer']),
      ),
  );
  const parents = prepare((p: Key & { limit: number }) =>
    db
      .selectFrom('image_references')
      .select('parent_digest')
      .where('repository_id', '=', p.repositoryId)
      .where('child_digest', '=', p.digest)
      .where('kind', '=', 'manifest')
      .orderBy('parent_digest')
      .limit(p.limit),
  );
  const managed = prepare((p: { repositoryId: number; subject: string }) =>
    db
      .selectFrom('images')
      .select('digest')
      .where('repository_id', '=', p.repositoryId)
      .where('subject_digest', '=', p.subject)
      .where('signing_job_id', 'is not', null),
  );
  const references = prepare((p: Key) =>
    db
      .selectFrom('image_references')
      .select(['kind', 'child_digest as digest'])
      .where('repository_id', '=', p.repositoryId)
      .where('parent_digest', '=', p.digest),
  );
  const pulled = prepare((p: Key & { at: number }) =>
    db
      .updateTable('images')
      .set({ last_pulled_at: p.at })
      .where('repository_id', '=', p.repositoryId)
      .where('digest', '=', p.digest),
  );
  const missing = makeMissing((size) =>
    prepare((p: { repositoryId: number } & Record<`d${number}`, string>) =>
      db
        .selectFrom('images')
        .select('digest')
        .where('repository_id', '=', p.repositoryId)
        // All there are: for an index that holds digests alone. In the table SQLite reads the whole of each row that it
        // passes on its way, annotations too.
        .where('is_tagged', 'in', [0, 1])
        // One whose manifest is wrong counts as missing.
        .where('digest', 'not in', (eb) =>
          eb
            .selectFrom('images as wrong')
            .select('wrong.digest')
            .where('wrong.repository_id', '=', p.repositoryId)
            .where('wrong.manifest_fault', 'is not', null),
        )
        .where('digest', 'in', digestParameters(p, size)),
    ),
  );

  /** Managed signatures count against nothing. */
  async function count(
    tx: Tx,
    repositoryId: number,
    { hasSubject, isManaged }: { readonly hasSubject: boolean; readonly isManaged: boolean },
    change: number,
  ): Promise<void> {
    if (!isManaged) await (hasSubject ? countReferrers : countImages).run(tx, { repositoryId, change });
  }

  return {
    async find(on, repositoryId, digest) {
      const row = await find.first(on, { repositoryId, digest });
      return row && imageOf(row);
    },
    async manifestBytes(on, repositoryId, digest) {
      return (await bytes.first(on, { repositoryId, digest }))?.bytes;
    },
    async insert(tx, image, manifestBytes, references) {
      const { repositoryId, digest } = image;
      await insert.run(tx, {
        repository_id: repositoryId,
        digest,
        media_type: image.mediaType,
        artifact_type: image.artifactType ?? null,
        subject_digest: image.subject ?? null,
        annotations: image.annotations === undefined ? null : JSON.stringify(image.annotations),
        manifest_size_bytes: image.manifestSizeBytes,
        image_size_bytes: image.imageSizeBytes,
        pushed_at: image.pushedAt,
        last_pulled_at: image.lastPulledAt ?? null,
        signing_job_id: image.signingJobId ?? null,
      });
      await count(
        tx,
        repositoryId,
        { hasSubject: image.subject !== undefined, isManaged: image.signingJobId !== undefined },
        1,
      );
      await insertBytes.run(tx, { repositoryId, digest, bytes: manifestBytes });
      await insertReferences(tx, { repositoryId, digest }, references);
    },
    // Bytes, references, tags and statuses go with it (foreign keys).
    async delete(tx, repositoryId, digest, at) {
      await renewLayers.run(tx, { repositoryId, digest, at });
      const removed = await remove.first(tx, { repositoryId, digest });
      if (removed === undefined) return;
      const { subject_digest: subject, signing_job_id: job } = removed;
      await count(tx, repositoryId, { hasSubject: subject !== null, isManaged: job !== null }, -1);
    },
    async count(on, repositoryId) {
      return (await counted.first(on, { repositoryId })) ?? { images: 0, referrers: 0 };
    },
    async countReferrers(on, repositoryId, subject) {
      const all = await countedOf.first(on, { repositoryId, subject });
      const managed = await countedManaged.first(on, { repositoryId, subject });
      return (all?.count ?? 0) - (managed?.count ?? 0);
    },
    async some(on, repositoryId, limit) {
      return (await some.all(on, { repositoryId, limit })).map((row) => ({
        digest: row.digest as Digest,
        ...(row.subject_digest === null ? {} : { subject: row.subject_digest as Digest }),
        pushedAt: row.pushed_at,
      }));
    },
    async referrersBefore(on, repositoryId, subject, { pushedBefore: before, after = '', limit }) {
      const rows = await referrersBefore.all(on, { repositoryId, subject, before, after, limit });
      return rows.map((row) => row.digest as Digest);
    },
    missing,
    async parents(on, repositoryId, digest, limit) {
      const rows = await parents.all(on, { repositoryId, digest, limit });
      return rows.map((row) => row.parent_digest as Digest);
    },
    async managedSignatures(on, repositoryId, subject) {
      const rows = await managed.all(on, { repositoryId, subject });
      return rows.map((row) => row.digest as Digest);
    },
    async references(on, repositoryId, digest) {
      return (await references.all(on, { repositoryId, digest })).map((row) => ({
        kind: row.kind as ImageReference['kind'],
        digest: row.digest as Digest,
      }));
    },
    async touchPulled(tx, repositoryId, digest, at) {
      await pulled.run(tx, { repositoryId, digest, at });
    },
  };
}

export function imageOf(row: ImageRow): Image {
  const image: { -readonly [K in keyof Image]: Image[K] } = {
    repositoryId: row.repository_id,
    digest: row.digest as Digest,
    mediaType: row.media_type as ManifestMediaType,
    manifestSizeBytes: row.manifest_size_bytes,
    imageSizeBytes: row.image_size_bytes,
    pushedAt: row.pushed_at,
  };
  if (row.artifact_type !== null) image.artifactType = row.artifact_type;
  if (row.subject_digest !== null) image.subject = row.subject_digest as Digest;
  if (row.annotations !== null) image.annotations = JSON.parse(row.annotations) as Record<string, string>;
  if (row.last_pulled_at !== null) image.lastPulledAt = row.last_pulled_at;
  if (row.signing_job_id !== null) image.signingJobId = row.signing_job_id;
  if (row.manifest_fault !== null) image.manifestFault = row.manifest_fault as ContentFault;
  return image;
}
