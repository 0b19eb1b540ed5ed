// What deleted repositories leave behind, removed table by table: images last, so that no deletion of one has anything
// left to cascade to. Each statement is bounded, so that neither its time nor its undo log grows with the repository.
import type { RepositoryRemains } from '../../domain/registry/ports.ts';
import { type Builder, type Prepared, prepare } from './prepared.ts';

/** A transaction removes for this long, ms: other writers wait for it. */
const STEP_MS = 5;
/** Rows of one statement; a manifest may have a thousand pages. */
const ROWS = 50;
const MANIFESTS = 1;

interface Part {
  id: number;
  limit: number;
}

export function makeRepositoryRemains(db: Builder): RepositoryRemains {
  const next = prepare(() =>
    db
      .selectFrom('repositories')
      .select('id')
      .where('removed_at', 'is not', null)
      .orderBy('removed_at')
      .orderBy('id')
      .limit(1),
  );
  const removeRepository = prepare((p: { id: number }) =>
    db.deleteFrom('repositories').where('id', '=', p.id).where('removed_at', 'is not', null),
  );

  /** Some rows of a table by the column that follows the repository in its key, in the order of the key. */
  const byDigest = (
    table: 'deleted_subjects' | 'image_signing_statuses' | 'manifests' | 'images' | 'repository_blobs',
  ) =>
    prepare((p: Part) =>
      db
        .deleteFrom(table)
        .where('repository_id', '=', p.id)
        .where('digest', 'in', (eb) =>
          eb
            .selectFrom(table)
            .select('digest')
            .where('repository_id', '=', p.id)
            .orderBy('digest')
            .limit(p.limit),
        ),
    );
  const tags = prepare((p: Part) =>
    db
      .deleteFrom('tags')
      .where('repository_id', '=', p.id)
      .where('tag', 'in', (eb) =>
        eb.selectFrom('tags').select('tag').where('repository_id', '=', p.id).orderBy('tag').limit(p.limit),
      ),
  );
  // All references of an image at once: there are at most some thousand.
  const references = prepare((p: Part) =>
    db
      .deleteFrom('image_references')
      .where('repository_id', '=', p.id)
      .where('parent_digest', 'in', (eb) =>
        eb
          .selectFrom('image_references')
          .select('parent_digest')
          .where('repository_id', '=', p.id)
          .orderBy('parent_digest')
          .limit(p.limit),
      ),
  );
  const steps: readonly { readonly remove: Prepared<Part, unknown>; readonly limit: number }[] = [
    { remove: byDigest('deleted_subjects'), limit: ROWS },
    { remove: byDigest('image_signing_statuses'), limit: ROWS },
    { remove: tags, limit: ROWS },
    { remove: references, limit: ROWS },
    { remove: byDigest('manifests'), limit: MANIFESTS },
    { remove: byDigest('images'), limit: ROWS },
    { remove: byDigest('repository_blobs'), limit: ROWS },
  ];

  return {
    async next(on) {
      return (await next.first(on, {}))?.id;
    },
    async removeSome(tx, id) {
      const end = performance.now() + STEP_MS;
      for (const { remove, limit } of steps)
        while ((await remove.run(tx, { id, limit })) > 0) if (performance.now() >= end) return 'more';
      // Whatever else belongs to it is little, and goes with it (foreign keys).
      await removeRepository.run(tx, { id });
      return 'nothing';
    },
  };
}
