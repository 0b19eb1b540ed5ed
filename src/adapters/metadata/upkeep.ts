// Damaged blobs, files that were verified, and how far the walks through the store came.
import type { DamagedBlobs, UpkeepPositions, VerifiedFiles } from '../../domain/registry/garbage-ports.ts';
import type { ContentFault } from '../../domain/registry/types.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, prepare } from './prepared.ts';

export function makeDamagedBlobs(db: Builder): DamagedBlobs {
  // Only for a blob that is still stored: it may be collected while somebody looks at it.
  const record = prepare((p: { digest: string; fault: string; foundAt: number }) =>
    db
      .insertInto('damaged_blobs')
      .columns(['digest', 'fault', 'found_at'])
      .expression((eb) =>
        eb
          .selectFrom('blobs')
          .select([
            'blobs.digest',
            eb.val<string>(p.fault).as('fault'),
            eb.val<number>(p.foundAt).as('found_at'),
          ])
          .where('blobs.digest', '=', p.digest),
      )
      .onConflict((conflict) => conflict.doNothing()),
  );
  const clear = prepare((p: { digest: string }) =>
    db.deleteFrom('damaged_blobs').where('digest', '=', p.digest),
  );
  const has = prepare((p: { digest: string }) =>
    db.selectFrom('damaged_blobs').select('fault').where('digest', '=', p.digest),
  );
  const list = prepare((p: { limit: number }) =>
    db
      .selectFrom('damaged_blobs')
      .select(['digest', 'fault', 'found_at as foundAt'])
      .where('digest', '>', '')
      .orderBy('digest')
      .limit(p.limit),
  );
  const count = prepare(() =>
    db
      .selectFrom('damaged_blobs')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('digest', '>', ''),
  );

  return {
    async record(tx, damaged) {
      return (await record.run(tx, damaged)) > 0;
    },
    async clear(tx, digest) {
      return (await clear.run(tx, { digest })) > 0;
    },
    async has(on, digest) {
      return (await has.first(on, { digest })) !== undefined;
    },
    async list(on, limit) {
      const rows = await list.all(on, { limit });
      return rows.map(({ digest, fault, foundAt }) => ({
        digest: digest as Digest,
        fault: fault as ContentFault,
        foundAt,
      }));
    },
    async count(on) {
      return (await count.first(on, {}))?.count ?? 0;
    },
  };
}

export function makeVerifiedFiles(db: Builder): VerifiedFiles {
  const find = prepare((p: { digest: string }) =>
    db.selectFrom('blobs').select('file_identity as identity').where('digest', '=', p.digest),
  );
  const record = prepare((p: { digest: string; identity: string }) =>
    db
      .updateTable('blobs')
      .set({ file_identity: p.identity })
      .where('digest', '=', p.digest)
      .where('file_identity', 'is distinct from', p.identity),
  );
  return {
    async find(on, digest) {
      return (await find.first(on, { digest }))?.identity ?? undefined;
    },
    async record(tx, digest, identity) {
      return (await record.run(tx, { digest, identity })) > 0;
    },
  };
}

export function makeUpkeepPositions(db: Builder): UpkeepPositions {
  const find = prepare((p: { task: string }) =>
    db
      .selectFrom('upkeep_positions')
      .select(['position', 'round_began_at as roundBeganAt'])
      .where('task', '=', p.task),
  );
  const put = prepare((p: { task: string; position: string; roundBeganAt: number }) =>
    db
      .insertInto('upkeep_positions')
      .values({ task: p.task, position: p.position, round_began_at: p.roundBeganAt })
      .onConflict((conflict) =>
        conflict.column('task').doUpdateSet((eb) => ({
          position: eb.ref('excluded.position'),
          round_began_at: eb.ref('excluded.round_began_at'),
        })),
      ),
  );
  return {
    find: (on, task) => find.first(on, { task }),
    async put(tx, task, position) {
      await put.run(tx, { task, ...position });
    },
  };
}
