// For the deletion of signing profiles that were canceled long ago.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function canceledProfiles(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { index } = schemaTools(schema, dialect);
  await index('signing_profiles_canceled', 'signing_profiles', ['status', 'canceled_at']);
}
