// Who opened an upload, asked for a session, and has a task waiting: counted for each, so that one cannot take what is
// there for all. Of what was there before nobody knows; it counts together.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function quotasByPrincipal(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { index } = schemaTools(schema, dialect);
  const added = {
    uploads: ['principal_id', 'principal_arn'],
    sessions: ['requester'],
    tasks: ['owner'],
  } as const;
  for (const [table, columns] of Object.entries(added))
    for (const column of columns)
      await schema
        .alterTable(table)
        .addColumn(column, dialect.text, (built) => built.notNull().defaultTo(''))
        .execute();
  await index('uploads_principal', 'uploads', ['principal_id', 'account_id', 'region', 'repository_id']);
  await index('sessions_requester', 'sessions', ['account_id', 'requester', 'expires_at']);
  await index('tasks_owner', 'tasks', ['kind', 'owner', 'run_at', 'key']);
}
