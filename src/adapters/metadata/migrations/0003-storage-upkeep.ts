// What collection and verification of blobs need: which blobs are damaged, and how far the verification came.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function storageUpkeep(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { key } = schemaTools(schema, dialect);
  await key('damaged_blobs', { digest: 'text', fault: 'text', found_at: 'integer' }, ['digest'])
    .addForeignKeyConstraint('damaged_blobs_blob', ['digest'] as never[], 'blobs', ['digest'], (constraint) =>
      constraint.onDelete('cascade'),
    )
    .modifyEnd(dialect.plain)
    .execute();
  await key('upkeep_positions', { task: 'text', position: 'text', round_began_at: 'integer' }, ['task'])
    .modifyEnd(dialect.plain)
    .execute();
}
