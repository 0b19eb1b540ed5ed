// Temporary credentials that have not ended, or only just. Secrets come and go sealed.
import type { Sessions } from '../../domain/access/ports.ts';
import type { SessionFacts } from '../../domain/access/types.ts';
import { type Builder, picked, prepare } from './prepared.ts';

const columns = [
  'id',
  'account_id',
  'owner_id',
  'source_key_id',
  'secret_sealed',
  'facts',
  'issued_at',
  'expires_at',
  'requester',
] as const;

interface Row {
  readonly id: string;
  readonly account_id: string;
  readonly owner_id: string;
  readonly source_key_id: string | null;
  readonly secret_sealed: Uint8Array;
  readonly facts: string;
  readonly issued_at: number;
  readonly expires_at: number;
  readonly requester: string;
}

export function makeSessions(db: Builder): Sessions {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('sessions').select(columns).where('id', '=', p.id),
  );
  const countAlive = prepare((p: { accountId: string; now: number }) =>
    db
      .selectFrom('sessions')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', p.accountId)
      .where('expires_at', '>', p.now),
  );
  const countOfRequester = prepare((p: { accountId: string; requester: string; now: number }) =>
    db
      .selectFrom('sessions')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('account_id', '=', p.accountId)
      .where('requester', '=', p.requester)
      .where('expires_at', '>', p.now),
  );
  const insert = prepare((p: Row) => db.insertInto('sessions').values(picked(p, columns)));
  const expired = prepare((p: { now: number; limit: number }) =>
    db
      .selectFrom('sessions')
      .select('id')
      .where('expires_at', '<=', p.now)
      .orderBy('expires_at')
      .orderBy('id')
      .limit(p.limit),
  );
  const remove = prepare((p: { id: string }) => db.deleteFrom('sessions').where('id', '=', p.id));

  return {
    async find(on, id) {
      const row = await find.first(on, { id });
      return (
        row && {
          id: row.id,
          accountId: row.account_id,
          ownerId: row.owner_id,
          ...(row.source_key_id === null ? {} : { sourceKeyId: row.source_key_id }),
          sealedSecret: row.secret_sealed,
          facts: JSON.parse(row.facts) as SessionFacts,
          issuedAt: row.issued_at,
          expiresAt: row.expires_at,
          requester: row.requester,
        }
      );
    },
    async countAlive(on, accountId, now) {
      return (await countAlive.first(on, { accountId, now }))?.count ?? 0;
    },
    async countOfRequester(on, accountId, requester, now) {
      return (await countOfRequester.first(on, { accountId, requester, now }))?.count ?? 0;
    },
    async insert(tx, session) {
      await insert.run(tx, {
        id: session.id,
        account_id: session.accountId,
        owner_id: session.ownerId,
        source_key_id: session.sourceKeyId ?? null,
        secret_sealed: session.sealedSecret,
        facts: JSON.stringify(session.facts),
        issued_at: session.issuedAt,
        expires_at: session.expiresAt,
        requester: session.requester,
      });
    },
    async deleteExpired(tx, now, limit) {
      const rows = await expired.all(tx, { now, limit });
      for (const { id } of rows) await remove.run(tx, { id });
      return rows.length;
    },
  };
}
