// Opens the metadata store: schema, storage, and a store for each area of the domain.
// Two connections: one writes, in transactions only; one reads what is committed and durable. A thread has a third, for
// checkpoints of the write-ahead log; another thread syncs that log.

import type {
  AccessKeys,
  Accounts,
  Attachments,
  Identities,
  InlinePolicies,
  ManagedPolicies,
  Memberships,
  OidcProviders,
  PolicyVersions,
  ResourcePolicies,
  Sessions,
} from '../../domain/access/ports.ts';
import { DomainError, isDomainError } from '../../domain/errors.ts';
import type {
  DamagedBlobs,
  Garbage,
  UpkeepPositions,
  VerifiedFiles,
} from '../../domain/registry/garbage-ports.ts';
import type {
  ImageLists,
  Images,
  Layers,
  Repositories,
  ResourceTags,
  Tags,
  Uploads,
} from '../../domain/registry/ports.ts';
import type {
  Authorities,
  ImageSigningStatuses,
  SigningConfigurations,
  SigningJobs,
  SigningProfiles,
} from '../../domain/signing/ports.ts';
import type { Storage } from '../../domain/storage.ts';
import { makeAccessKeys } from './access-keys.ts';
import { makeAccounts } from './accounts.ts';
import { makeAuthorities } from './authorities.ts';
import { Checkpointer } from './checkpointer.ts';
import { connectionOf, readerOf } from './connection.ts';
import { isSqliteError, SqliteConnection, sqlite } from './dialects/sqlite.ts';
import { makeFilesInPlace } from './files-in-place.ts';
import { makeGarbage } from './garbage.ts';
import { GroupCommit } from './group-commit.ts';
import { makeMemberships } from './group-memberships.ts';
import { makeIdentities } from './identities.ts';
import { makeImageLists } from './image-lists.ts';
import { makeImageSigningStatuses } from './image-signing-statuses.ts';
import { makeImages } from './images.ts';
import { makeInlinePolicies } from './inline-policies.ts';
import { makeLayers } from './layers.ts';
import { type LogSync, makeLogSync } from './log-sync.ts';
import { makeManagedPolicies, makePolicyVersions } from './managed-policies.ts';
import { migrate } from './migrate.ts';
import { makeOidcProviders } from './oidc-providers.ts';
import { makeAttachments } from './policy-attachments.ts';
import { sqliteBuilder } from './prepared.ts';
import { makeRepositories } from './repositories.ts';
import { makeResourcePolicies } from './resource-policies.ts';
import { makeResourceTags } from './resource-tags.ts';
import { makeSealedStores, type SealedStores } from './sealed-records.ts';
import { makeSessions } from './sessions.ts';
import { makeSigningConfigurations } from './signing-configurations.ts';
import { makeSigningJobs } from './signing-jobs.ts';
import { makeSigningProfiles } from './signing-profiles.ts';
import { makeTags } from './tags.ts';
import { makeTasks, type Tasks } from './tasks.ts';
import { makeTurnSnapshot } from './turn-snapshot.ts';
import { makeDamagedBlobs, makeUpkeepPositions, makeVerifiedFiles } from './upkeep.ts';
import { makeUploads } from './uploads.ts';

export interface Metadata {
  readonly storage: Storage;
  readonly repositories: Repositories;
  readonly images: Images;
  readonly imageLists: ImageLists;
  readonly tags: Tags;
  readonly layers: Layers;
  readonly uploads: Uploads;
  readonly resourceTags: ResourceTags;
  readonly resourcePolicies: ResourcePolicies;
  readonly garbage: Garbage;
  readonly damagedBlobs: DamagedBlobs;
  readonly verifiedFiles: VerifiedFiles;
  readonly upkeepPositions: UpkeepPositions;
  readonly signingConfigurations: SigningConfigurations;
  readonly signingProfiles: SigningProfiles;
  readonly signingJobs: SigningJobs;
  readonly imageSigningStatuses: ImageSigningStatuses;
  readonly authorities: Authorities;
  /** For when the master key changes. */
  readonly sealed: SealedStores;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly memberships: Memberships;
  readonly accessKeys: AccessKeys;
  readonly inlinePolicies: InlinePolicies;
  readonly managedPolicies: ManagedPolicies;
  readonly policyVersions: PolicyVersions;
  readonly attachments: Attachments;
  readonly oidcProviders: OidcProviders;
  readonly sessions: Sessions;
  /** For the embedded queue. */
  readonly tasks: Tasks;
  /** Resolves when the database has given and taken a row; rejects with why it cannot. */
  check(): Promise<void>;
  /** Finishes the writes that were taken, refuses new ones, closes the file. */
  close(): Promise<void>;
}

export interface OpenMetadataOptions {
  /** The database file; made when it is missing. */
  readonly path: string;
  /** Told of faults that no caller can be told of: an onCommit callback that threw. */
  readonly onError: (error: unknown) => void;
  /** In the place of the sync of the log, for tests. */
  readonly sync?: () => Promise<void>;
  /** Told of every SQL text that is prepared. */
  readonly onStatement?: (sql: string) => void;
}

/** Writes a row as it was: SQLite makes no difference. */
const SAME_ROW = 'update schema_migrations set number = number where number = 1';

/** Opens or makes the database and brings its schema up to date. Throws when it cannot be used. */
export async function openMetadata(options: OpenMetadataOptions): Promise<Metadata> {
  const { path, onStatement } = options;
  const listener = onStatement === undefined ? {} : { onStatement };
  let writer: SqliteConnection | undefined;
  try {
    writer = new SqliteConnection({ path, readOnly: false, ...listener });
    await migrate(writer.kysely(), sqlite, Date.now());
    // A file that can only be read opens just as well.
    writer.begin();
    await writer.run(SAME_ROW, []);
    writer.rollback();
    const logSync = makeLogSync(`${path}-wal`);
    await logSync.sync();
    const committed = new SqliteConnection({ path, readOnly: true, ...listener });
    return metadataOn(writer, committed, options, logSync);
  } catch (cause) {
    writer?.close();
    const fault = isDomainError(cause, 'StorageUnavailable') ? cause.cause : cause;
    if (!isSqliteError(fault)) throw cause;
    const message = `the database ${path} cannot be used: ${fault.message}`;
    throw new DomainError('StorageUnavailable', message, {}, { cause });
  }
}

function metadataOn(
  writer: SqliteConnection,
  committed: SqliteConnection,
  options: OpenMetadataOptions,
  logSync: LogSync,
): Metadata {
  const { path, onError } = options;
  const checkpoints = new Checkpointer({ path, connection: writer, onError });
  const snapshot = makeTurnSnapshot(committed);
  const commits = new GroupCommit({
    connection: writer,
    onError,
    readers: snapshot,
    sync: options.sync ?? (() => logSync.sync()),
    beforeBatch: makeFilesInPlace(path),
    afterBatch: () => checkpoints.afterBatch(),
  });
  const db = sqliteBuilder();
  return {
    storage: { reader: readerOf(snapshot), write: (work) => commits.write(work) },
    repositories: makeRepositories(db),
    images: makeImages(db),
    imageLists: makeImageLists(db),
    tags: makeTags(db),
    layers: makeLayers(db),
    uploads: makeUploads(db),
    resourceTags: makeResourceTags(db),
    resourcePolicies: makeResourcePolicies(db),
    garbage: makeGarbage(db),
    damagedBlobs: makeDamagedBlobs(db),
    verifiedFiles: makeVerifiedFiles(db),
    upkeepPositions: makeUpkeepPositions(db),
    signingConfigurations: makeSigningConfigurations(db),
    signingProfiles: makeSigningProfiles(db),
    signingJobs: makeSigningJobs(db),
    imageSigningStatuses: makeImageSigningStatuses(db),
    authorities: makeAuthorities(db),
    sealed: makeSealedStores(db),
    accounts: makeAccounts(db),
    identities: makeIdentities(db),
    memberships: makeMemberships(db),
    accessKeys: makeAccessKeys(db),
    inlinePolicies: makeInlinePolicies(db),
    managedPolicies: makeManagedPolicies(db),
    policyVersions: makePolicyVersions(db),
    attachments: makeAttachments(db),
    oidcProviders: makeOidcProviders(db),
    sessions: makeSessions(db),
    tasks: makeTasks(db),
    async check() {
      await snapshot.rows('select number from schema_migrations limit 1', []);
      await commits.write((tx) => connectionOf(tx).run(SAME_ROW, []));
    },
    async close() {
      await commits.close();
      await checkpoints.close();
      snapshot.release();
      committed.close();
      await logSync.close();
      writer.close();
    },
  };
}
