// What DescribeImageSigningStatus tells: one row for each image and profile. Goes with the image.
import type { ImageSigningStatuses } from '../../domain/signing/ports.ts';
import type {
  ListedSigningStatus,
  SignatureRecord,
  SigningFailureCode,
  SigningState,
} from '../../domain/signing/types.ts';
import { unreachable } from '../../shared/assert.ts';
import type { Digest } from '../../shared/digest.ts';
import { type Builder, pageOf, prepare } from './prepared.ts';
import { type SequelRow, sequelOf } from './signing-jobs.ts';

interface Row {
  readonly repository_id: number;
  readonly digest: string;
  readonly profile_arn: string;
  readonly profile_version: string;
  readonly job_id: string;
  readonly status: string;
  readonly failure_code: string | null;
  readonly failure_reason: string | null;
  readonly updated_at: number;
}

type ListedRow = Omit<Row, 'repository_id' | 'digest'> & JobRow;

/** All null when there is no such job, or when it made no signature. */
type JobRow = SequelRow & {
  readonly signature_expires_at: number | null;
  readonly signed_at: number | null;
  readonly signature_digest: string | null;
};

export function makeImageSigningStatuses(db: Builder): ImageSigningStatuses {
  const withJobs = () =>
    db
      .selectFrom('image_signing_statuses as status')
      .leftJoin('signing_jobs as job', 'job.id', 'status.job_id')
      .select([
        'status.profile_arn',
        'status.profile_version',
        'status.job_id',
        'status.status',
        'status.failure_code',
        'status.failure_reason',
        'status.updated_at',
        'job.signature_expires_at',
        // A job ends after its signature was made: without its own time it is taken for later, never for earlier.
        (eb) => eb.fn.coalesce('job.signed_at', 'job.completed_at').as('signed_at'),
        'job.signature_digest',
        'job.revoked_at',
        'job.revoked_by',
        'job.revocation_reason',
        'job.manifest_fault',
        'job.envelope_fault',
      ]);
  const list = prepare((p: { repositoryId: number; digest: string }) =>
    withJobs()
      .where('status.repository_id', '=', p.repositoryId)
      .where('status.digest', '=', p.digest)
      .orderBy('status.profile_arn'),
  );
  const page = prepare((p: { repositoryId: number; digest: string; profileArn: string; limit: number }) =>
    withJobs()
      .select(['status.repository_id', 'status.digest'])
      .where((eb) =>
        eb(
          eb.refTuple('status.repository_id', 'status.digest', 'status.profile_arn'),
          '>',
          eb.tuple(eb.val(p.repositoryId), eb.val(p.digest), eb.val(p.profileArn)),
        ),
      )
      .orderBy('status.repository_id')
      .orderBy('status.digest')
      .orderBy('status.profile_arn')
      .limit(p.limit),
  );
  const put = prepare((p: Row) =>
    db
      .insertInto('image_signing_statuses')
      .values({
        repository_id: p.repository_id,
        digest: p.digest,
        profile_arn: p.profile_arn,
        profile_version: p.profile_version,
        job_id: p.job_id,
        status: p.status,
        failure_code: p.failure_code,
        failure_reason: p.failure_reason,
        updated_at: p.updated_at,
      })
      .onConflict((conflict) =>
        conflict.columns(['repository_id', 'digest', 'profile_arn']).doUpdateSet((eb) => ({
          profile_version: eb.ref('excluded.profile_version'),
          job_id: eb.ref('excluded.job_id'),
          status: eb.ref('excluded.status'),
          failure_code: eb.ref('excluded.failure_code'),
          failure_reason: eb.ref('excluded.failure_reason'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      ),
  );

  return {
    async list(on, repositoryId, digest) {
      return (await list.all(on, { repositoryId, digest })).map((row) => statusOf(repositoryId, digest, row));
    },
    async page(on, { after, limit }) {
      const { repositoryId, digest, profileArn } = after ?? { repositoryId: 0, digest: '', profileArn: '' };
      const rows = await page.all(on, { repositoryId, digest, profileArn, limit: limit + 1 });
      const items = rows.map((row) => statusOf(row.repository_id, row.digest as Digest, row));
      return pageOf(items, limit, (one) => ({
        repositoryId: one.repositoryId,
        digest: one.digest,
        profileArn: one.profileArn,
      }));
    },
    async put(tx, { repositoryId, digest, profileArn, profileVersion, jobId, state, updatedAt }) {
      const failure = state.status === 'FAILED' ? state.failure : undefined;
      await put.run(tx, {
        repository_id: repositoryId,
        digest,
        profile_arn: profileArn,
        profile_version: profileVersion,
        job_id: jobId,
        status: state.status,
        failure_code: failure?.code ?? null,
        failure_reason: failure?.reason ?? null,
        updated_at: updatedAt,
      });
    },
  };
}

function statusOf(repositoryId: number, digest: Digest, row: ListedRow): ListedSigningStatus {
  const signature = signatureOf(row);
  return {
    repositoryId,
    digest,
    profileArn: row.profile_arn,
    profileVersion: row.profile_version,
    jobId: row.job_id,
    state: stateOf(row),
    updatedAt: row.updated_at,
    ...(signature === undefined ? {} : { signature }),
  };
}

/** undefined when the job made none, or when there is no such job. */
function signatureOf(row: JobRow): SignatureRecord | undefined {
  const { signature_digest: digest, signature_expires_at: expiresAt, signed_at: signedAt } = row;
  if (expiresAt === null || signedAt === null) return undefined;
  const { revocation, signatureFault: fault } = sequelOf(row);
  return {
    ...(digest === null ? {} : { digest: digest as Digest }),
    signedAt,
    expiresAt,
    ...(revocation === undefined ? {} : { revocation }),
    ...(fault === undefined ? {} : { fault }),
  };
}

function stateOf(row: Pick<Row, 'status' | 'failure_code' | 'failure_reason'>): SigningState {
  const status = row.status as SigningState['status'];
  switch (status) {
    case 'IN_PROGRESS':
    case 'COMPLETE':
      return { status };
    case 'FAILED':
      return {
        status,
        failure: {
          code: (row.failure_code ?? 'INTERNAL_ERROR') as SigningFailureCode,
          reason: row.failure_reason ?? '',
        },
      };
    default:
      return unreachable(status);
  }
}
