// Which file of a large blob was held against its digest; null for blobs of before.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';

export async function fileIdentity(schema: SchemaModule, dialect: Dialect): Promise<void> {
  await schema.alterTable('blobs').addColumn('file_identity', dialect.text).execute();
}
