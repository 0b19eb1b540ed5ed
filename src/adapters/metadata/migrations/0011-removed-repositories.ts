// Deleted repositories whose images, tags and layer links are still being removed.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function removedRepositories(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { index } = schemaTools(schema, dialect);
  await schema.alterTable('repositories').addColumn('removed_at', dialect.integer).execute();
  await index('repositories_removed', 'repositories', ['removed_at', 'id'], 'removed_at is not null');
}
