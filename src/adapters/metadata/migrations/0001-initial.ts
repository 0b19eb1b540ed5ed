// The first schema: registry, signing, authorities, tasks.
// Indexes are here for a query each; the plan tests fail when one is missing.
import type { CreateTableBuilder, SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { type Columns, schemaTools } from './schema-tools.ts';

export async function initial(schema: SchemaModule, dialect: Dialect): Promise<void> {
  const { key, index } = schemaTools(schema, dialect);
  const ofImage = (builder: CreateTableBuilder<string>, name: string): CreateTableBuilder<string> =>
    builder.addForeignKeyConstraint(
      `${name}_image`,
      ['repository_id', 'digest'] as never[],
      'images',
      ['repository_id', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    );
  const ofRepository = (builder: CreateTableBuilder<string>, name: string): CreateTableBuilder<string> =>
    builder.addForeignKeyConstraint(
      `${name}_repository`,
      ['repository_id'] as never[],
      'repositories',
      ['id'],
      (constraint) => constraint.onDelete('cascade'),
    );
  const { clustered, plain } = dialect;

  // Ids are never used again: what still names a deleted repository must not meet another one.
  let repositories: CreateTableBuilder<string> = schema.createTable('repositories');
  repositories =
    dialect.name === 'sqlite'
      ? repositories.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      : repositories.addColumn('id', 'bigint', (c) => c.primaryKey().generatedAlwaysAsIdentity());
  for (const column of ['account_id', 'region', 'name'])
    repositories = repositories.addColumn(column, dialect.text, (c) => c.notNull());
  await repositories
    .addColumn('created_at', dialect.integer, (c) => c.notNull())
    .addColumn('tag_mutability', dialect.text, (c) => c.notNull())
    .addColumn('tag_mutability_exclusions', dialect.text, (c) => c.notNull())
    .addColumn('scan_on_push', dialect.integer, (c) => c.notNull())
    .addColumn('encryption', dialect.text, (c) => c.notNull())
    .addUniqueConstraint('repositories_name', ['account_id', 'region', 'name'] as never[])
    .modifyEnd(plain)
    .execute();

  const images: Columns = {
    repository_id: 'integer',
    digest: 'text',
    media_type: 'text',
    artifact_type: 'text?',
    subject_digest: 'text?',
    annotations: 'text?',
    manifest_size_bytes: 'integer',
    image_size_bytes: 'integer',
    pushed_at: 'integer',
    last_pulled_at: 'integer?',
    tag_count: 'integer',
    is_tagged: 'integer',
  };
  await ofRepository(key('images', images, ['repository_id', 'digest']), 'images')
    .modifyEnd(clustered)
    .execute();
  await index('images_tagged', 'images', ['repository_id', 'is_tagged', 'digest']);
  const subject = 'subject_digest is not null';
  await index('images_subject', 'images', ['repository_id', 'subject_digest', 'digest'], subject);
  await index(
    'images_subject_type',
    'images',
    ['repository_id', 'subject_digest', 'artifact_type', 'digest'],
    subject,
  );

  // Apart from `images`, whose pages then hold many rows, and not clustered: manifests are long.
  const manifests: Columns = { repository_id: 'integer', digest: 'text', bytes: 'bytes' };
  await ofImage(key('manifests', manifests, ['repository_id', 'digest']), 'manifests')
    .modifyEnd(plain)
    .execute();

  const references: Columns = {
    repository_id: 'integer',
    parent_digest: 'text',
    kind: 'text',
    child_digest: 'text',
  };
  await key('image_references', references, ['repository_id', 'parent_digest', 'kind', 'child_digest'])
    .addForeignKeyConstraint(
      'image_references_parent',
      ['repository_id', 'parent_digest'] as never[],
      'images',
      ['repository_id', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .modifyEnd(clustered)
    .execute();
  const child = ['repository_id', 'child_digest', 'kind', 'parent_digest'];
  await index('image_references_child', 'image_references', child);

  const tags: Columns = { repository_id: 'integer', tag: 'text', digest: 'text', updated_at: 'integer' };
  await ofImage(key('tags', tags, ['repository_id', 'tag']), 'tags')
    .modifyEnd(clustered)
    .execute();
  await index('tags_image', 'tags', ['repository_id', 'digest', 'tag']);

  const blobs: Columns = {
    digest: 'text',
    size_bytes: 'integer',
    inline_bytes: 'bytes?',
    created_at: 'integer',
  };
  await key('blobs', blobs, ['digest']).modifyEnd(plain).execute();

  const held: Columns = { repository_id: 'integer', digest: 'text', linked_at: 'integer' };
  await ofRepository(key('repository_blobs', held, ['repository_id', 'digest']), 'repository_blobs')
    .addForeignKeyConstraint('repository_blobs_blob', ['digest'] as never[], 'blobs', ['digest'])
    .modifyEnd(clustered)
    .execute();
  await index('repository_blobs_digest', 'repository_blobs', ['digest', 'repository_id']);

  const uploads: Columns = {
    id: 'text',
    repository_id: 'integer',
    account_id: 'text',
    region: 'text',
    algorithm: 'text',
    received_bytes: 'integer',
    parts: 'integer',
    last_part_bytes: 'integer',
    created_at: 'integer',
    expires_at: 'integer',
  };
  await ofRepository(key('uploads', uploads, ['id']), 'uploads')
    .modifyEnd(clustered)
    .execute();
  await index('uploads_repository', 'uploads', ['repository_id']);
  await index('uploads_registry', 'uploads', ['account_id', 'region']);
  await index('uploads_expiry', 'uploads', ['expires_at', 'id']);

  const resourceTags: Columns = { resource_arn: 'text', key: 'text', value: 'text' };
  await key('resource_tags', resourceTags, ['resource_arn', 'key']).modifyEnd(clustered).execute();

  const configurations: Columns = {
    account_id: 'text',
    region: 'text',
    rules: 'text',
    updated_at: 'integer',
  };
  await key('signing_configurations', configurations, ['account_id', 'region']).modifyEnd(plain).execute();

  const profiles: Columns = {
    account_id: 'text',
    region: 'text',
    name: 'text',
    version: 'text',
    ordinal: 'integer',
    platform_id: 'text',
    status: 'text',
    status_reason: 'text?',
    validity_value: 'integer',
    validity_type: 'text',
    parameters: 'text',
    created_at: 'integer',
    canceled_at: 'integer?',
  };
  const owner = ['account_id', 'region'];
  await key('signing_profiles', profiles, [...owner, 'name', 'version'])
    .addUniqueConstraint('signing_profiles_ordinal', [...owner, 'name', 'ordinal'] as never[])
    .modifyEnd(clustered)
    .execute();
  await index('signing_profiles_status', 'signing_profiles', [...owner, 'status', 'name', 'version']);
  const platform = [...owner, 'status', 'platform_id', 'name', 'version'];
  await index('signing_profiles_platform', 'signing_profiles', platform);

  // No foreign key: a job outlives its image and its profile.
  const jobs: Columns = {
    id: 'text',
    account_id: 'text',
    region: 'text',
    profile_name: 'text',
    profile_version: 'text',
    invoker: 'text',
    requested_by: 'text',
    repository_id: 'integer?',
    digest: 'text?',
    status: 'text',
    completed_at: 'integer?',
    signature_expires_at: 'integer?',
    certificate_serial: 'text?',
    signature_digest: 'text?',
    failure_code: 'text?',
    failure_reason: 'text?',
    attempts: 'integer',
    created_at: 'integer',
  };
  await key('signing_jobs', jobs, ['id']).modifyEnd(plain).execute();
  await index('signing_jobs_newest', 'signing_jobs', [...owner, 'created_at', 'id']);
  await index('signing_jobs_failed', 'signing_jobs', [...owner, 'created_at', 'id'], "status = 'Failed'");

  const statuses: Columns = {
    repository_id: 'integer',
    digest: 'text',
    profile_arn: 'text',
    profile_version: 'text',
    job_id: 'text',
    status: 'text',
    failure_code: 'text?',
    failure_reason: 'text?',
    updated_at: 'integer',
  };
  const perProfile = ['repository_id', 'digest', 'profile_arn'];
  await ofImage(key('image_signing_statuses', statuses, perProfile), 'image_signing_statuses')
    .modifyEnd(clustered)
    .execute();

  const authorities: Columns = {
    account_id: 'text',
    scope: 'text',
    certificate_der: 'bytes',
    key_id: 'text',
    key_kind: 'text',
    key_sealed: 'bytes',
    key_public: 'bytes',
    created_at: 'integer',
  };
  await key('authorities', authorities, ['account_id', 'scope']).modifyEnd(plain).execute();

  const tasks: Columns = {
    kind: 'text',
    key: 'text',
    run_at: 'integer',
    attempts: 'integer',
    version: 'integer',
  };
  await key('tasks', tasks, ['kind', 'key']).modifyEnd(clustered).execute();
  await index('tasks_due', 'tasks', ['kind', 'run_at', 'key']);
}
