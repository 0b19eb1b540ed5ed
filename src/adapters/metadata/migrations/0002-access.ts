// Accounts, identities (users, groups, roles), their keys and policies, identity providers, sessions.
import type { CreateTableBuilder, SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { type Columns, schemaTools } from './schema-tools.ts';

export async function access(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { key, index } = schemaTools(schema, dialect);
  const { clustered, plain } = dialect;
  const of = (
    builder: CreateTableBuilder<string>,
    constraint: string,
    column: string,
    parent: 'identities' | 'managed_policies',
  ): CreateTableBuilder<string> =>
    builder.addForeignKeyConstraint(constraint, [column] as never[], parent, ['id'], (c) =>
      c.onDelete('cascade'),
    );

  await key('accounts', { id: 'text', created_at: 'integer' }, ['id']).modifyEnd(clustered).execute();

  const identities: Columns = {
    id: 'text',
    account_id: 'text',
    kind: 'text',
    name: 'text',
    name_key: 'text',
    path: 'text',
    tags: 'text',
    boundary_policy_id: 'text?',
    trust_policy: 'text?',
    description: 'text?',
    max_session_seconds: 'integer?',
    last_used_at: 'integer?',
    last_used_region: 'text?',
    created_at: 'integer',
  };
  await key('identities', identities, ['id'])
    .addUniqueConstraint('identities_name', ['account_id', 'kind', 'name_key'] as never[])
    .modifyEnd(plain)
    .execute();
  await index(
    'identities_boundary',
    'identities',
    ['boundary_policy_id', 'account_id'],
    'boundary_policy_id is not null',
  );

  const members: Columns = { group_id: 'text', user_id: 'text' };
  const memberships = of(
    key('group_memberships', members, ['group_id', 'user_id']),
    'group_memberships_group',
    'group_id',
    'identities',
  );
  await of(memberships, 'group_memberships_user', 'user_id', 'identities').modifyEnd(clustered).execute();
  await index('group_memberships_of_user', 'group_memberships', ['user_id', 'group_id']);

  // No foreign key: the owner may be an account's root.
  const accessKeys: Columns = {
    id: 'text',
    account_id: 'text',
    owner_id: 'text',
    status: 'text',
    secret_sealed: 'bytes',
    last_used_at: 'integer?',
    last_used_service: 'text?',
    last_used_region: 'text?',
    created_at: 'integer',
  };
  await key('access_keys', accessKeys, ['id']).modifyEnd(clustered).execute();
  await index('access_keys_owner', 'access_keys', ['owner_id', 'id']);

  const inline: Columns = { identity_id: 'text', name: 'text', document: 'text' };
  await of(
    key('inline_policies', inline, ['identity_id', 'name']),
    'inline_policies_identity',
    'identity_id',
    'identities',
  )
    .modifyEnd(clustered)
    .execute();

  const policies: Columns = {
    id: 'text',
    account_id: 'text',
    name: 'text',
    name_key: 'text',
    path: 'text',
    description: 'text?',
    default_version: 'integer',
    next_version: 'integer',
    tags: 'text',
    created_at: 'integer',
    updated_at: 'integer',
  };
  await key('managed_policies', policies, ['id'])
    .addUniqueConstraint('managed_policies_name', ['account_id', 'name_key'] as never[])
    .modifyEnd(plain)
    .execute();

  const versions: Columns = { policy_id: 'text', number: 'integer', document: 'text', created_at: 'integer' };
  await of(
    key('policy_versions', versions, ['policy_id', 'number']),
    'policy_versions_policy',
    'policy_id',
    'managed_policies',
  )
    .modifyEnd(clustered)
    .execute();

  const attachments: Columns = { identity_id: 'text', policy_id: 'text', account_id: 'text' };
  const attached = of(
    key('policy_attachments', attachments, ['identity_id', 'policy_id']),
    'policy_attachments_identity',
    'identity_id',
    'identities',
  );
  await of(attached, 'policy_attachments_policy', 'policy_id', 'managed_policies')
    .modifyEnd(clustered)
    .execute();
  await index('policy_attachments_of_policy', 'policy_attachments', ['policy_id', 'account_id']);

  const providers: Columns = {
    account_id: 'text',
    name: 'text',
    issuer: 'text',
    client_ids: 'text',
    thumbprints: 'text',
    tags: 'text',
    created_at: 'integer',
  };
  await key('oidc_providers', providers, ['account_id', 'name']).modifyEnd(clustered).execute();

  // No foreign key, as with access keys; a session whose owner is gone is worth nothing and expires.
  const sessions: Columns = {
    id: 'text',
    account_id: 'text',
    owner_id: 'text',
    source_key_id: 'text?',
    secret_sealed: 'bytes',
    facts: 'text',
    issued_at: 'integer',
    expires_at: 'integer',
  };
  await key('sessions', sessions, ['id']).modifyEnd(clustered).execute();
  await index('sessions_expiry', 'sessions', ['expires_at', 'id']);
  await index('sessions_account', 'sessions', ['account_id', 'expires_at']);
}
