// Revocation of signing profiles and of single signatures.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';

export async function revocation(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const added = {
    signing_profiles: { revoked_at: 'integer', revoked_by: 'text', revocation_effective_from: 'integer' },
    signing_jobs: { revoked_at: 'integer', revoked_by: 'text', revocation_reason: 'text' },
  } as const;
  for (const [table, columns] of Object.entries(added))
    for (const [column, kind] of Object.entries(columns))
      await schema.alterTable(table).addColumn(column, dialect[kind]).execute();
}
