// How the stored bytes of a manifest were found wrong; null: nobody found anything.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function manifestFaults(schema: SchemaModule, dialect: Dialect): Promise<void> {
  await schema.alterTable('images').addColumn('manifest_fault', dialect.text).execute();
  const { index } = schemaTools(schema, dialect);
  await index(
    'images_damaged',
    'images',
    ['repository_id', 'digest', 'manifest_fault'],
    'manifest_fault is not null',
  );
}
