// Where the audit trail keeps its mark: how far it goes, which it compares with its own files at the next start.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function auditMarks(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { key } = schemaTools(schema, dialect);
  await key('audit_marks', { name: 'text', document: 'text' }, ['name']).modifyEnd(dialect.plain).execute();
}
