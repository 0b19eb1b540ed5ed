// Policies of resources: repositories, registries, signing profiles.
import type { SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { schemaTools } from './schema-tools.ts';

export async function resourcePolicies(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { key } = schemaTools(schema, dialect);
  const columns = {
    resource_arn: 'text',
    document: 'text',
    revision: 'text',
    updated_at: 'integer',
  } as const;
  await key('resource_policies', columns, ['resource_arn']).modifyEnd(dialect.plain).execute();
}
