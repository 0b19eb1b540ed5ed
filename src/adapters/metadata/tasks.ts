// The queue's table: work that is still to be done, by kind and key. What to do with it is the queue's matter.
import { sql } from 'kysely';
import type { Reader, Tx } from '../../domain/storage.ts';
import { type Builder, prepare } from './prepared.ts';

export interface TaskRow {
  readonly key: string;
  /** Epoch ms. */
  readonly runAt: number;
  /** Deliveries that ended in a retry. */
  readonly attempts: number;
  /** Enqueues so far. */
  readonly version: number;
}

export interface Tasks {
  /** Adds the task, or counts one more enqueue of it. true when it is new. */
  add(tx: Tx, kind: string, key: string, owner: string, runAt: number): Promise<boolean>;
  /** Removes the task unless it was enqueued again after `version` (undefined: whatever happened). */
  remove(tx: Tx, kind: string, key: string, version: number | undefined): Promise<boolean>;
  reschedule(tx: Tx, kind: string, key: string, runAt: number, attempts: number): Promise<void>;
  /** Makes every task due at `now` at the latest. */
  makeDue(tx: Tx, now: number): Promise<void>;
  /** The first owner behind `after` who has a task, in the order of their bytes; undefined when there is none. */
  nextOwner(on: Reader, kind: string, after: string | undefined): Promise<string | undefined>;
  /** Tasks of an owner that are due at `now`, the longest waiting first. */
  due(on: Reader, kind: string, owner: string, now: number, limit: number): Promise<readonly TaskRow[]>;
  /** When the first task that is not due at `now` will be; undefined when there is none. */
  nextRunAt(on: Reader, kind: string, now: number): Promise<number | undefined>;
  counts(on: Reader): Promise<readonly { readonly kind: string; readonly count: number }[]>;
}

interface Key {
  kind: string;
  key: string;
}

export function makeTasks(db: Builder): Tasks {
  const add = prepare((p: Key & { owner: string; runAt: number }) =>
    db
      .insertInto('tasks')
      .values({ kind: p.kind, key: p.key, owner: p.owner, run_at: p.runAt, attempts: 0, version: 1 })
      .onConflict((conflict) =>
        conflict.columns(['kind', 'key']).doUpdateSet({ version: sql<number>`tasks.version + 1` }),
      )
      .returning('version'),
  );
  const remove = prepare((p: Key) =>
    db.deleteFrom('tasks').where('kind', '=', p.kind).where('key', '=', p.key),
  );
  const removeVersion = prepare((p: Key & { version: number }) =>
    db
      .deleteFrom('tasks')
      .where('kind', '=', p.kind)
      .where('key', '=', p.key)
      .where('version', '=', p.version),
  );
  const reschedule = prepare((p: Key & { runAt: number; attempts: number }) =>
    db
      .updateTable('tasks')
      .set({ run_at: p.runAt, attempts: p.attempts })
      .where('kind', '=', p.kind)
      .where('key', '=', p.key),
  );
  // One kind at a time: indexes begin with it.
  const nextKind = prepare((p: { after: string }) =>
    db.selectFrom('tasks').select('kind').where('kind', '>', p.after).orderBy('kind').limit(1),
  );
  const makeDue = prepare((p: { kind: string; now: number }) =>
    db.updateTable('tasks').set({ run_at: p.now }).where('kind', '=', p.kind).where('run_at', '>', p.now),
  );
  const due = prepare((p: { kind: string; owner: string; now: number; limit: number }) =>
    db
      .selectFrom('tasks')
      .select(['key', 'run_at as runAt', 'attempts', 'version'])
      .where('kind', '=', p.kind)
      .where('owner', '=', p.owner)
      .where('run_at', '<=', p.now)
      .orderBy('run_at')
      .orderBy('key')
      .limit(p.limit),
  );
  const firstOwner = prepare((p: { kind: string }) =>
    db.selectFrom('tasks').select('owner').where('kind', '=', p.kind).orderBy('owner').limit(1),
  );
  const nextOwner = prepare((p: { kind: string; after: string }) =>
    db
      .selectFrom('tasks')
      .select('owner')
      .where('kind', '=', p.kind)
      .where('owner', '>', p.after)
      .orderBy('owner')
      .limit(1),
  );
  const next = prepare((p: { kind: string; now: number }) =>
    db
      .selectFrom('tasks')
      .select('run_at as runAt')
      .where('kind', '=', p.kind)
      .where('run_at', '>', p.now)
      .orderBy('run_at')
      .limit(1),
  );
  const count = prepare((p: { kind: string }) =>
    db
      .selectFrom('tasks')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('kind', '=', p.kind),
  );

  async function kinds(on: Reader): Promise<readonly string[]> {
    const found: string[] = [];
    for (;;) {
      const row = await nextKind.first(on, { after: found.at(-1) ?? '' });
      if (row === undefined) return found;
      found.push(row.kind);
    }
  }

  return {
    async add(tx, kind, key, owner, runAt) {
      return (await add.first(tx, { kind, key, owner, runAt }))?.version === 1;
    },
    async remove(tx, kind, key, version) {
      if (version === undefined) return (await remove.run(tx, { kind, key })) > 0;
      return (await removeVersion.run(tx, { kind, key, version })) > 0;
    },
    async reschedule(tx, kind, key, runAt, attempts) {
      await reschedule.run(tx, { kind, key, runAt, attempts });
    },
    async makeDue(tx, now) {
      for (const kind of await kinds(tx)) await makeDue.run(tx, { kind, now });
    },
    async nextOwner(on, kind, after) {
      const row =
        after === undefined
          ? await firstOwner.first(on, { kind })
          : await nextOwner.first(on, { kind, after });
      return row?.owner;
    },
    due: (on, kind, owner, now, limit) => due.all(on, { kind, owner, now, limit }),
    async nextRunAt(on, kind, now) {
      return (await next.first(on, { kind, now }))?.runAt;
    },
    async counts(on) {
      const counts: { kind: string; count: number }[] = [];
      for (const kind of await kinds(on))
        counts.push({ kind, count: (await count.first(on, { kind }))?.count ?? 0 });
      return counts;
    },
  };
}
