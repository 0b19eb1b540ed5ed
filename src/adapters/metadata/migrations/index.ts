// All migrations, in order. Append only: a released one is never edited.
import type { RawBuilder, SchemaModule } from 'kysely';
import type { Dialect } from '../dialects/dialect.ts';
import { initial } from './0001-initial.ts';
import { access } from './0002-access.ts';
import { storageUpkeep } from './0003-storage-upkeep.ts';
import { resourcePolicies } from './0004-resource-policies.ts';
import { canceledProfiles } from './0005-canceled-profiles.ts';
import { revocation } from './0006-revocation.ts';
import { imageCount } from './0007-image-count.ts';
import { fileIdentity } from './0008-file-identity.ts';
import { managedSignatures } from './0009-managed-signatures.ts';
import { fixedStatistics } from './0010-statistics.ts';
import { removedRepositories } from './0011-removed-repositories.ts';
import { signatureRecords } from './0012-signature-records.ts';
import { principalIds } from './0013-principal-ids.ts';
import { deletedSignatures } from './0014-deleted-signatures.ts';
import { auditMarks } from './0015-audit-marks.ts';
import { deletedSubjects } from './0016-deleted-subjects.ts';
import { leftSignatures } from './0017-left-signatures.ts';
import { manifestFaults } from './0018-manifest-faults.ts';
import { clockMarks } from './0019-clock-marks.ts';
import { quotasByPrincipal } from './0020-quotas-by-principal.ts';
import { imageDigests } from './0021-image-digests.ts';

/** Runs a statement on the rows that are there; gives those that it selects. */
export type Run = <R>(statement: RawBuilder<R>) => Promise<readonly R[]>;

export interface Migration {
  readonly name: string;
  readonly up: (schema: SchemaModule, dialect: Dialect, run: Run) => Promise<void>;
}

export const migrations: readonly Migration[] = [
  { name: '0001-initial', up: initial },
  { name: '0002-access', up: access },
  { name: '0003-storage-upkeep', up: storageUpkeep },
  { name: '0004-resource-policies', up: resourcePolicies },
  { name: '0005-canceled-profiles', up: canceledProfiles },
  { name: '0006-revocation', up: revocation },
  { name: '0007-image-count', up: imageCount },
  { name: '0008-file-identity', up: fileIdentity },
  { name: '0009-managed-signatures', up: managedSignatures },
  { name: '0010-statistics', up: fixedStatistics },
  { name: '0011-removed-repositories', up: removedRepositories },
  { name: '0012-signature-records', up: signatureRecords },
  { name: '0013-principal-ids', up: principalIds },
  { name: '0014-deleted-signatures', up: deletedSignatures },
  { name: '0015-audit-marks', up: auditMarks },
  { name: '0016-deleted-subjects', up: deletedSubjects },
  { name: '0017-left-signatures', up: leftSignatures },
  { name: '0018-manifest-faults', up: manifestFaults },
  { name: '0019-clock-marks', up: clockMarks },
  { name: '0020-quotas-by-principal', up: quotasByPrincipal },
  { name: '0021-image-digests', up: imageDigests },
];
