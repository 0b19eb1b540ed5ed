// Statistics for the query planner, fixed instead of measured: plans are then the same in a young database, where
// ANALYZE leaves nothing, and in an old one.
import { type SchemaModule, sql } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import type { Run } from './index.ts';

/**
 * Rows of the table, then rows for one value of the first column, of the first two, … (sqlite.org/fileformat2, 2.6.4).
 * Without these SQLite takes the tags of a repository for about as few as those of an image, and reads all of them
 * whenever an image is deleted.
 */
const statistics = [
  { table: 'tags', index: 'tags', rows: '1000000 100000 1' },
  { table: 'tags', index: 'tags_image', rows: '1000000 100000 2 1' },
];

export async function fixedStatistics(_: SchemaModule, { name }: Dialect, run: Run): Promise<void> {
  if (name !== 'sqlite') return;
  // Makes the table of statistics when there is none.
  await run(sql`analyze sqlite_schema`);
  await run(sql`delete from sqlite_stat1`);
  for (const { table, index, rows } of statistics)
    await run(sql`insert into sqlite_stat1 (tbl, idx, stat) values (${table}, ${index}, ${rows})`);
  // Lets this connection know of them.
  await run(sql`analyze sqlite_schema`);
}
