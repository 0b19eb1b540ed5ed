// A store for each area of the domain.
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
  UnboundPrincipals,
} from '../../domain/access/ports.ts';
import type { AuditMarks } from '../../domain/audit/ports.ts';
import type {
  DamagedBlobs,
  Garbage,
  StoredManifests,
  StoredReferences,
  UpkeepPositions,
  VerifiedFiles,
} from '../../domain/registry/garbage-ports.ts';
import type {
  DeletedSubjects,
  ImageLists,
  Images,
  Layers,
  Repositories,
  RepositoryRemains,
  ResourceTags,
  Tags,
  Uploads,
} from '../../domain/registry/ports.ts';
import type {
  Authorities,
  ClockMarks,
  ImageSigningStatuses,
  OldSigningJobs,
  SigningConfigurations,
  SigningJobs,
  SigningProfiles,
} from '../../domain/signing/ports.ts';
import { makeAccessKeys } from './access-keys.ts';
import { makeAccounts } from './accounts.ts';
import { makeAuditMarks } from './audit-marks.ts';
import { makeAuthorities } from './authorities.ts';
import { makeClockMarks } from './clock-marks.ts';
import { makeDeletedSubjects } from './deleted-subjects.ts';
import { makeGarbage } from './garbage.ts';
import { makeMemberships } from './group-memberships.ts';
import { makeIdentities } from './identities.ts';
import { makeImageLists } from './image-lists.ts';
import { makeImageSigningStatuses } from './image-signing-statuses.ts';
import { makeImages } from './images.ts';
import { makeInlinePolicies } from './inline-policies.ts';
import { makeLayers } from './layers.ts';
import { makeManagedPolicies, makePolicyVersions } from './managed-policies.ts';
import { makeOidcProviders } from './oidc-providers.ts';
import { makeOldSigningJobs } from './old-signing-jobs.ts';
import { makeAttachments } from './policy-attachments.ts';
import { sqliteBuilder } from './prepared.ts';
import { makeRepositories } from './repositories.ts';
import { makeRepositoryRemains } from './repository-remains.ts';
import { makeResourcePolicies } from './resource-policies.ts';
import { makeResourceTags } from './resource-tags.ts';
import { makeSealedStores, type SealedStores } from './sealed-records.ts';
import { makeSessions } from './sessions.ts';
import { makeSigningConfigurations } from './signing-configurations.ts';
import { makeSigningJobs } from './signing-jobs.ts';
import { makeSigningProfiles } from './signing-profiles.ts';
import { makeStoredManifests } from './stored-manifests.ts';
import { makeStoredReferences } from './stored-references.ts';
import { makeTags } from './tags.ts';
import { makeTasks, type Tasks } from './tasks.ts';
import { makeUnboundPrincipals } from './unbound-principals.ts';
import { makeDamagedBlobs, makeUpkeepPositions, makeVerifiedFiles } from './upkeep.ts';
import { makeUploads } from './uploads.ts';

/** A store for each area of the domain; they keep nothing, and work on whatever connection they are given. */
export interface Stores {
  readonly repositories: Repositories;
  readonly repositoryRemains: RepositoryRemains;
  readonly images: Images;
  readonly deletedSubjects: DeletedSubjects;
  readonly imageLists: ImageLists;
  readonly tags: Tags;
  readonly layers: Layers;
  readonly uploads: Uploads;
  readonly resourceTags: ResourceTags;
  readonly resourcePolicies: ResourcePolicies;
  readonly garbage: Garbage;
  readonly storedManifests: StoredManifests;
  readonly storedReferences: StoredReferences;
  readonly damagedBlobs: DamagedBlobs;
  readonly verifiedFiles: VerifiedFiles;
  readonly upkeepPositions: UpkeepPositions;
  readonly signingConfigurations: SigningConfigurations;
  readonly signingProfiles: SigningProfiles;
  readonly signingJobs: SigningJobs;
  readonly oldSigningJobs: OldSigningJobs;
  readonly imageSigningStatuses: ImageSigningStatuses;
  readonly authorities: Authorities;
  readonly clockMarks: ClockMarks;
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
  readonly unboundPrincipals: UnboundPrincipals;
  readonly auditMarks: AuditMarks;
  /** For the embedded queue. */
  readonly tasks: Tasks;
}

export function makeStores(): Stores {
  const db = sqliteBuilder();
  return {
    repositories: makeRepositories(db),
    repositoryRemains: makeRepositoryRemains(db),
    images: makeImages(db),
    deletedSubjects: makeDeletedSubjects(db),
    imageLists: makeImageLists(db),
    tags: makeTags(db),
    layers: makeLayers(db),
    uploads: makeUploads(db),
    resourceTags: makeResourceTags(db),
    resourcePolicies: makeResourcePolicies(db),
    garbage: makeGarbage(db),
    storedManifests: makeStoredManifests(db),
    storedReferences: makeStoredReferences(db),
    damagedBlobs: makeDamagedBlobs(db),
    verifiedFiles: makeVerifiedFiles(db),
    upkeepPositions: makeUpkeepPositions(db),
    signingConfigurations: makeSigningConfigurations(db),
    signingProfiles: makeSigningProfiles(db),
    signingJobs: makeSigningJobs(db),
    oldSigningJobs: makeOldSigningJobs(db),
    imageSigningStatuses: makeImageSigningStatuses(db),
    authorities: makeAuthorities(db),
    clockMarks: makeClockMarks(db),
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
    unboundPrincipals: makeUnboundPrincipals(db),
    auditMarks: makeAuditMarks(db),
    tasks: makeTasks(db),
  };
}
