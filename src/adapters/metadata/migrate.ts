// Brings the schema up to the newest migration. Migrations are append-only: their number and name are kept in
// the database, and a database that a newer version has changed is refused.
import { type Kysely, sql } from 'kysely';
import type { Dialect } from './dialects/dialect.ts';
import { type Migration, migrations } from './migrations/index.ts';
import type { Tables } from './tables.ts';

/**
 * Runs what is missing, each in a transaction of its own. `all`: those of an earlier version in tests of an upgrade.
 * Throws when the database is not ours to change.
 */
export async function migrate(
  db: Kysely<Tables>,
  dialect: Dialect,
  now: number,
  all: readonly Migration[] = migrations,
): Promise<void> {
  const ledger = db.withTables<{ schema_migrations: { number: number; name: string; applied_at: number } }>();
  await ledger.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('number', dialect.integer, (column) => column.primaryKey())
    .addColumn('name', dialect.text, (column) => column.notNull())
    .addColumn('applied_at', dialect.integer, (column) => column.notNull())
    .modifyEnd(sql`${dialect.plain}`)
    .execute();
  const applied = await ledger
    .selectFrom('schema_migrations')
    .select(['number', 'name'])
    .orderBy('number')
    .execute();
  for (const [index, { number, name }] of applied.entries()) {
    const known = all[index];
    if (known === undefined)
      throw new Error(
        `the database has migration ${name}: it was made by a newer version, which must open it`,
      );
    if (number !== index + 1 || name !== known.name)
      throw new Error(`the database has migration ${number} ${name} where this version has ${known.name}`);
  }
  for (const [index, { name, up }] of all.entries()) {
    if (index < applied.length) continue;
    await ledger.transaction().execute(async (tx) => {
      await up(tx.schema, dialect, async (statement) => (await statement.execute(tx)).rows);
      await tx
        .insertInto('schema_migrations')
        .values({ number: index + 1, name, applied_at: now })
        .execute();
    });
  }
}
