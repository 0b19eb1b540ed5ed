// The tables as the queries see them, one interface each. Portable types only: text, integers (epoch ms,
// bytes, 0/1) and bytes; JSON is text and is never searched. The migrations make exactly these.
import type { ColumnType, Generated } from 'kysely';

/** Never changed by an update. */
type Fixed<T> = ColumnType<T, T, never>;

export interface RepositoryTable {
  id: Generated<number>;
  account_id: Fixed<string>;
  region: Fixed<string>;
  /** Changes once, when the repository is deleted. */
  name: string;
  created_at: Fixed<number>;
  tag_mutability: string;
  /** JSON. */
  tag_mutability_exclusions: string;
  scan_on_push: number;
  /** JSON. */
  encryption: string;
  /** Both kept by every change of `images`: those without a subject, and those with one that are pushed. */
  image_count: number;
  referrer_count: number;
  /** Null: it is there. Else its content is being removed, and nobody may find it. */
  removed_at: number | null;
}

export interface ImageTable {
  repository_id: Fixed<number>;
  digest: Fixed<string>;
  media_type: Fixed<string>;
  artifact_type: Fixed<string | null>;
  subject_digest: Fixed<string | null>;
  /** JSON. */
  annotations: Fixed<string | null>;
  /** Changes only when bytes that were damaged are stored again. */
  manifest_size_bytes: number;
  image_size_bytes: Fixed<number>;
  pushed_at: Fixed<number>;
  last_pulled_at: number | null;
  /** Of a signature that the server made for a push. */
  signing_job_id: Fixed<string | null>;
  /** How the bytes in `manifests` were found wrong. */
  manifest_fault: string | null;
  /** Rows of `tags` that point here; kept by the store. */
  tag_count: number;
  /** 1 when `tag_count` is not 0: tagged and untagged images each have their run in an index. */
  is_tagged: number;
}

/** Deleted while others referred to it. */
export interface DeletedSubjectTable {
  repository_id: Fixed<number>;
  digest: Fixed<string>;
  deleted_at: number;
  /** When its referrers are to be looked at. */
  check_at: number;
}

export interface ManifestTable {
  repository_id: Fixed<number>;
  digest: Fixed<string>;
  /** Written again only when they were damaged. */
  bytes: Uint8Array;
}

export interface ImageReferenceTable {
  repository_id: Fixed<number>;
  parent_digest: Fixed<string>;
  kind: Fixed<string>;
  child_digest: Fixed<string>;
}

export interface TagTable {
  repository_id: Fixed<number>;
  tag: Fixed<string>;
  digest: string;
  updated_at: number;
}

export interface BlobTable {
  digest: Fixed<string>;
  size_bytes: Fixed<number>;
  /** null: the bytes are a file, from the beginning or since the ones here were found damaged. */
  inline_bytes: Uint8Array | null;
  created_at: Fixed<number>;
  /** Of the file that was held against its digest; null: none was yet, or it is so at each read. */
  file_identity: string | null;
}

export interface RepositoryBlobTable {
  repository_id: Fixed<number>;
  digest: Fixed<string>;
  /** When a client was last told that the repository holds the blob. */
  linked_at: number;
}

export interface DamagedBlobTable {
  digest: Fixed<string>;
  fault: string;
  found_at: number;
}

/** How far work that walks through everything came. */
export interface UpkeepPositionTable {
  task: Fixed<string>;
  position: string;
  round_began_at: number;
}

export interface UploadTable {
  id: Fixed<string>;
  repository_id: Fixed<number>;
  account_id: Fixed<string>;
  region: Fixed<string>;
  algorithm: string;
  received_bytes: number;
  parts: number;
  last_part_bytes: number;
  created_at: Fixed<number>;
  expires_at: number;
  /** Who opened it: the lasting id, and the ARN of then. */
  principal_id: Fixed<string>;
  principal_arn: Fixed<string>;
}

export interface ResourceTagTable {
  resource_arn: Fixed<string>;
  key: Fixed<string>;
  value: string;
}

export interface SigningConfigurationTable {
  account_id: Fixed<string>;
  region: Fixed<string>;
  /** JSON. */
  rules: string;
  updated_at: number;
}

export interface SigningProfileTable {
  account_id: Fixed<string>;
  region: Fixed<string>;
  name: Fixed<string>;
  version: Fixed<string>;
  /** Grows with each version of the name. */
  ordinal: Fixed<number>;
  platform_id: Fixed<string>;
  status: string;
  status_reason: string | null;
  validity_value: Fixed<number>;
  validity_type: Fixed<string>;
  /** JSON. */
  parameters: Fixed<string>;
  created_at: Fixed<number>;
  canceled_at: number | null;
  revoked_at: number | null;
  revoked_by: string | null;
  revocation_effective_from: number | null;
}

export interface SigningJobTable {
  id: Fixed<string>;
  account_id: Fixed<string>;
  region: Fixed<string>;
  profile_name: Fixed<string>;
  profile_version: Fixed<string>;
  invoker: Fixed<string>;
  requested_by: Fixed<string>;
  /** Both null: the target is a payload. */
  repository_id: Fixed<number | null>;
  digest: Fixed<string | null>;
  status: string;
  completed_at: number | null;
  signature_expires_at: number | null;
  signed_at: number | null;
  certificate_serial: string | null;
  signature_digest: string | null;
  failure_code: string | null;
  failure_reason: string | null;
  attempts: number;
  created_at: Fixed<number>;
  revoked_at: number | null;
  revoked_by: string | null;
  revocation_reason: string | null;
  /** How the signature's manifest or envelope was found gone or damaged. */
  manifest_fault: string | null;
  envelope_fault: string | null;
}

export interface ImageSigningStatusTable {
  repository_id: Fixed<number>;
  digest: Fixed<string>;
  profile_arn: Fixed<string>;
  profile_version: string;
  job_id: string;
  status: string;
  failure_code: string | null;
  failure_reason: string | null;
  updated_at: number;
}

export interface AuthorityTable {
  account_id: Fixed<string>;
  scope: Fixed<string>;
  certificate_der: Fixed<Uint8Array>;
  key_id: Fixed<string>;
  key_kind: Fixed<string>;
  /** Sealed again when the master key changes. */
  key_sealed: Uint8Array;
  key_public: Fixed<Uint8Array>;
  created_at: Fixed<number>;
}

export interface TaskTable {
  kind: Fixed<string>;
  key: Fixed<string>;
  run_at: number;
  attempts: number;
  /** Counts the enqueues, so that one which comes while the task runs is not lost. */
  version: number;
  /** Whose work it is; each owner has its turn. */
  owner: Fixed<string>;
}

export interface AccountTable {
  id: Fixed<string>;
  created_at: Fixed<number>;
}

/** Users, groups and roles; what only some kinds have is null for the others. */
export interface IdentityTable {
  id: Fixed<string>;
  account_id: Fixed<string>;
  kind: Fixed<string>;
  name: string;
  /** The name in lower case: unique for each kind in an account. */
  name_key: string;
  path: string;
  /** JSON. */
  tags: string;
  boundary_policy_id: string | null;
  trust_policy: string | null;
  description: string | null;
  max_session_seconds: number | null;
  last_used_at: number | null;
  last_used_region: string | null;
  created_at: Fixed<number>;
}

export interface GroupMembershipTable {
  group_id: Fixed<string>;
  user_id: Fixed<string>;
}

export interface AccessKeyTable {
  id: Fixed<string>;
  account_id: Fixed<string>;
  /** A user's id, or the account's number. */
  owner_id: Fixed<string>;
  status: string;
  secret_sealed: Uint8Array;
  last_used_at: number | null;
  last_used_service: string | null;
  last_used_region: string | null;
  created_at: Fixed<number>;
}

export interface InlinePolicyTable {
  identity_id: Fixed<string>;
  name: Fixed<string>;
  document: string;
}

export interface ManagedPolicyTable {
  id: Fixed<string>;
  account_id: Fixed<string>;
  name: Fixed<string>;
  name_key: Fixed<string>;
  path: Fixed<string>;
  description: Fixed<string | null>;
  default_version: number;
  next_version: number;
  /** JSON. */
  tags: string;
  created_at: Fixed<number>;
  updated_at: number;
}

export interface PolicyVersionTable {
  policy_id: Fixed<string>;
  number: Fixed<number>;
  document: Fixed<string>;
  created_at: Fixed<number>;
}

export interface PolicyAttachmentTable {
  identity_id: Fixed<string>;
  policy_id: Fixed<string>;
  /** The identity's: policies of all accounts' use are counted for each. */
  account_id: Fixed<string>;
}

export interface OidcProviderTable {
  account_id: Fixed<string>;
  name: Fixed<string>;
  issuer: Fixed<string>;
  /** JSON. */
  client_ids: string;
  /** JSON. */
  thumbprints: string;
  /** JSON. */
  tags: string;
  created_at: Fixed<number>;
}

export interface SessionTable {
  id: Fixed<string>;
  account_id: Fixed<string>;
  owner_id: Fixed<string>;
  source_key_id: Fixed<string | null>;
  secret_sealed: Uint8Array;
  /** JSON. */
  facts: Fixed<string>;
  issued_at: Fixed<number>;
  expires_at: Fixed<number>;
  /** Who asked for it. */
  requester: Fixed<string>;
}

export interface UnboundPrincipalTable {
  policy_of: string;
  principal: string;
}

export interface ClockMarkTable {
  name: Fixed<string>;
  /** Epoch ms. */
  at: number;
}

export interface ResourcePolicyTable {
  resource_arn: Fixed<string>;
  /** As it was put. */
  document: string;
  revision: string;
  updated_at: number;
}

export interface AuditMarkTable {
  name: Fixed<string>;
  document: string;
}

export interface Tables {
  audit_marks: AuditMarkTable;
  repositories: RepositoryTable;
  images: ImageTable;
  deleted_subjects: DeletedSubjectTable;
  manifests: ManifestTable;
  image_references: ImageReferenceTable;
  tags: TagTable;
  blobs: BlobTable;
  repository_blobs: RepositoryBlobTable;
  damaged_blobs: DamagedBlobTable;
  upkeep_positions: UpkeepPositionTable;
  uploads: UploadTable;
  resource_tags: ResourceTagTable;
  resource_policies: ResourcePolicyTable;
  unbound_principals: UnboundPrincipalTable;
  signing_configurations: SigningConfigurationTable;
  signing_profiles: SigningProfileTable;
  signing_jobs: SigningJobTable;
  image_signing_statuses: ImageSigningStatusTable;
  authorities: AuthorityTable;
  clock_marks: ClockMarkTable;
  tasks: TaskTable;
  accounts: AccountTable;
  identities: IdentityTable;
  group_memberships: GroupMembershipTable;
  access_keys: AccessKeyTable;
  inline_policies: InlinePolicyTable;
  managed_policies: ManagedPolicyTable;
  policy_versions: PolicyVersionTable;
  policy_attachments: PolicyAttachmentTable;
  oidc_providers: OidcProviderTable;
  sessions: SessionTable;
}
