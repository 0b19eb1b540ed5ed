// Signing jobs. They outlive their image, their profile and their rules.
import { sql } from 'kysely';
import type { SigningJobs } from '../../domain/signing/ports.ts';
import type {
  JobState,
  JobTarget,
  SignatureFault,
  SigningFailureCode,
  SigningJob,
} from '../../domain/signing/types.ts';
import { unreachable } from '../../shared/assert.ts';
import { type Digest, digestOf } from '../../shared/digest.ts';
import { type Builder, type Prepared, prepare } from './prepared.ts';

/** Jobs that one list call looks at, at most, for the ones that match its filters. */
const WINDOW = 2000;
/** Jobs read at once when a filter may pass some over. */
const CHUNK = 500;

/** Every signature's config, and many an artifact's layer; no envelope. */
const EMPTY_CONFIG = digestOf(Buffer.from('{}'));

const columns = [
  'id',
  'account_id',
  'region',
  'profile_name',
  'profile_version',
  'invoker',
  'requested_by',
  'repository_id',
  'digest',
  'status',
  'completed_at',
  'signature_expires_at',
  'signed_at',
  'certificate_serial',
  'signature_digest',
  'failure_code',
  'failure_reason',
  'attempts',
  'created_at',
  'revoked_at',
  'revoked_by',
  'revocation_reason',
  'manifest_fault',
  'envelope_fault',
] as const;

interface StateRow {
  readonly status: string;
  readonly completed_at: number | null;
  readonly signature_expires_at: number | null;
  readonly signed_at: number | null;
  readonly certificate_serial: string | null;
  readonly signature_digest: string | null;
  readonly failure_code: string | null;
  readonly failure_reason: string | null;
}

interface Row extends StateRow {
  readonly id: string;
  readonly account_id: string;
  readonly region: string;
  readonly profile_name: string;
  readonly profile_version: string;
  readonly invoker: string;
  readonly requested_by: string;
  readonly repository_id: number | null;
  readonly digest: string | null;
  readonly attempts: number;
  readonly created_at: number;
  readonly revoked_at: number | null;
  readonly revoked_by: string | null;
  readonly revocation_reason: string | null;
  readonly manifest_fault: string | null;
  readonly envelope_fault: string | null;
}

type NewRow = Omit<
  Row,
  'revoked_at' | 'revoked_by' | 'revocation_reason' | 'manifest_fault' | 'envelope_fault'
>;

interface ListKey {
  accountId: string;
  region: string;
  createdAt: number;
  id: string;
  limit: number;
}

export function makeSigningJobs(db: Builder): SigningJobs {
  const find = prepare((p: { id: string }) =>
    db.selectFrom('signing_jobs').select(columns).where('id', '=', p.id),
  );
  const insert = prepare((p: NewRow) =>
    db.insertInto('signing_jobs').values({
      id: p.id,
      account_id: p.account_id,
      region: p.region,
      profile_name: p.profile_name,
      profile_version: p.profile_version,
      invoker: p.invoker,
      requested_by: p.requested_by,
      repository_id: p.repository_id,
      digest: p.digest,
      status: p.status,
      completed_at: p.completed_at,
      signature_expires_at: p.signature_expires_at,
      signed_at: p.signed_at,
      certificate_serial: p.certificate_serial,
      signature_digest: p.signature_digest,
      failure_code: p.failure_code,
      failure_reason: p.failure_reason,
      attempts: p.attempts,
      created_at: p.created_at,
    }),
  );
  const update = prepare((p: StateRow & { readonly id: string; readonly attempts: number }) =>
    db
      .updateTable('signing_jobs')
      .set({
        status: p.status,
        completed_at: p.completed_at,
        signature_expires_at: p.signature_expires_at,
        signed_at: p.signed_at,
        certificate_serial: p.certificate_serial,
        signature_digest: p.signature_digest,
        failure_code: p.failure_code,
        failure_reason: p.failure_reason,
        attempts: p.attempts,
      })
      .where('id', '=', p.id),
  );
  const revoke = prepare((p: { id: string; at: number; by: string; reason: string }) =>
    db
      .updateTable('signing_jobs')
      .set({ revoked_at: p.at, revoked_by: p.by, revocation_reason: p.reason })
      .where('id', '=', p.id),
  );
  const faults = {
    manifest: prepare((p: { id: string; fault: string | null }) =>
      db.updateTable('signing_jobs').set({ manifest_fault: p.fault }).where('id', '=', p.id),
    ),
    envelope: prepare((p: { id: string; fault: string | null }) =>
      db.updateTable('signing_jobs').set({ envelope_fault: p.fault }).where('id', '=', p.id),
    ),
  };
  // An envelope lies in its row and is one signature's: what many images share is not looked for.
  const ofEnvelope = prepare((p: { digest: string; empty: string }) =>
    db
      .selectFrom('blobs')
      .innerJoin('repository_blobs as held', 'held.digest', 'blobs.digest')
      .innerJoin('image_references as named', (join) =>
        join
          .onRef('named.repository_id', '=', 'held.repository_id')
          .onRef('named.child_digest', '=', 'held.digest')
          .on('named.kind', '=', 'layer'),
      )
      .innerJoin('images', (join) =>
        join
          .onRef('images.repository_id', '=', 'named.repository_id')
          .onRef('images.digest', '=', 'named.parent_digest'),
      )
      .select('images.signing_job_id as id')
      .where('blobs.digest', '=', p.digest)
      .where('blobs.digest', '!=', p.empty)
      .where('blobs.inline_bytes', 'is not', null)
      .where('images.signing_job_id', 'is not', null),
  );
  const list = (failedOnly: boolean): Prepared<ListKey, Row> =>
    prepare((p: ListKey) =>
      db
        .selectFrom('signing_jobs')
        .select(columns)
        .where('account_id', '=', p.accountId)
        .where('region', '=', p.region)
        // Literal, so that the index of failed jobs serves.
        .$if(failedOnly, (query) => query.where('status', '=', sql.lit<string>('Failed')))
        .where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(p.createdAt, p.id)))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(p.limit),
    );
  const lists = { all: list(false), failed: list(true) };

  return {
    async find(on, { accountId, region }, jobId) {
      const row = await find.first(on, { id: jobId });
      return row?.account_id === accountId && row.region === region ? jobOf(row) : undefined;
    },
    async findById(on, jobId) {
      const row = await find.first(on, { id: jobId });
      return row && jobOf(row);
    },
    /**
     * Looks at no more than `WINDOW` jobs: a page may hold fewer than asked, or none, and still have a `next`.
     */
    async list(on, { accountId, region }, query) {
      const { limit } = query;
      const matches = filterOf(query);
      const walk = query.status === 'Failed' ? lists.failed : lists.all;
      const items: SigningJob[] = [];
      let last = query.after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: '' };
      for (let seen = 0; seen < WINDOW; ) {
        const chunk = isFiltered(query) ? CHUNK : limit + 1;
        const rows = await walk.all(on, {
          accountId,
          region,
          createdAt: last.createdAt,
          id: last.id,
          limit: chunk,
        });
        for (const row of rows) {
          if (matches(row)) {
            if (items.length === limit) return { items, next: last };
            items.push(jobOf(row));
          }
          last = { createdAt: row.created_at, id: row.id };
        }
        if (rows.length < chunk) return { items };
        seen += rows.length;
      }
      return { items, next: last };
    },
    async insert(tx, job) {
      const image = job.target.kind === 'image' ? job.target : undefined;
      await insert.run(tx, {
        id: job.id,
        account_id: job.owner.accountId,
        region: job.owner.region,
        profile_name: job.profileName,
        profile_version: job.profileVersion,
        invoker: job.invoker,
        requested_by: job.requestedBy,
        repository_id: image?.repositoryId ?? null,
        digest: image?.digest ?? null,
        ...stateRowOf(job.state),
        attempts: job.attempts,
        created_at: job.createdAt,
      });
    },
    async update(tx, job) {
      await update.run(tx, { id: job.id, attempts: job.attempts, ...stateRowOf(job.state) });
    },
    async revoke(tx, { id }, { revokedAt, revokedBy, reason }) {
      await revoke.run(tx, { id, at: revokedAt, by: revokedBy, reason });
    },
    async ofEnvelope(on, digest) {
      const rows = await ofEnvelope.all(on, { digest, empty: EMPTY_CONFIG });
      return rows.flatMap(({ id }) => (id === null ? [] : [id]));
    },
    async setFault(tx, id, part, fault) {
      await faults[part].run(tx, { id, fault: fault ?? null });
    },
  };
}

type Filters = Omit<Parameters<SigningJobs['list']>[2], 'after' | 'limit'>;

/** Whether a walk may pass rows that do not match. */
function isFiltered(filters: Filters): boolean {
  const { status, requestedBy, invoker, isRevoked, expiresBefore, expiresAfter } = filters;
  if (status !== undefined && status !== 'Failed') return true;
  return [requestedBy, invoker, isRevoked, expiresBefore, expiresAfter].some(
    (filter) => filter !== undefined,
  );
}

function filterOf(filters: Filters): (row: Row) => boolean {
  const { status, requestedBy, invoker, isRevoked, expiresBefore, expiresAfter } = filters;
  return (row) => {
    if (isRevoked !== undefined && (row.revoked_at !== null) !== isRevoked) return false;
    if (status !== undefined && row.status !== status) return false;
    if (requestedBy !== undefined && row.requested_by !== requestedBy) return false;
    if (invoker !== undefined && row.invoker !== invoker) return false;
    if (expiresBefore === undefined && expiresAfter === undefined) return true;
    // A job without a signature has nothing that expires.
    const expiresAt = row.signature_expires_at;
    if (expiresAt === null) return false;
    return expiresAt < (expiresBefore ?? Infinity) && expiresAt > (expiresAfter ?? -Infinity);
  };
}

function jobOf(row: Row): SigningJob {
  return {
    id: row.id,
    owner: { accountId: row.account_id, region: row.region },
    profileName: row.profile_name,
    profileVersion: row.profile_version,
    invoker: row.invoker,
    requestedBy: row.requested_by,
    target: targetOf(row),
    state: stateOf(row),
    attempts: row.attempts,
    createdAt: row.created_at,
    ...sequelOf(row),
  };
}

/** Columns of what became of the signature since; with `sequelOf` also for a query that joins them in. */
export type SequelRow = Pick<
  Row,
  'revoked_at' | 'revoked_by' | 'revocation_reason' | 'manifest_fault' | 'envelope_fault'
>;

export function sequelOf(row: SequelRow): Pick<SigningJob, 'revocation' | 'signatureFault'> {
  const fault = faultOf('manifest', row.manifest_fault) ?? faultOf('envelope', row.envelope_fault);
  return {
    ...(row.revoked_at === null
      ? {}
      : {
          revocation: {
            revokedAt: row.revoked_at,
            revokedBy: row.revoked_by ?? '',
            reason: row.revocation_reason ?? '',
          },
        }),
    ...(fault === undefined ? {} : { signatureFault: fault }),
  };
}

function faultOf(part: SignatureFault['part'], fault: string | null): SignatureFault | undefined {
  return fault === null ? undefined : { part, fault };
}

function targetOf(row: Row): JobTarget {
  if (row.repository_id === null || row.digest === null) return { kind: 'payload' };
  return { kind: 'image', repositoryId: row.repository_id, digest: row.digest as Digest };
}

function stateRowOf(state: JobState): StateRow {
  const row = {
    status: state.status,
    completed_at: null,
    signature_expires_at: null,
    signed_at: null,
    certificate_serial: null,
    signature_digest: null,
    failure_code: null,
    failure_reason: null,
  };
  switch (state.status) {
    case 'InProgress':
      return row;
    case 'Succeeded':
      return {
        ...row,
        completed_at: state.completedAt,
        signature_expires_at: state.signatureExpiresAt,
        signed_at: state.signedAt ?? null,
        certificate_serial: state.certificateSerial,
        signature_digest: state.signatureDigest ?? null,
      };
    case 'Failed':
      return {
        ...row,
        completed_at: state.completedAt,
        failure_code: state.failure.code,
        failure_reason: state.failure.reason,
      };
    default:
      return unreachable(state);
  }
}

function stateOf(row: Row): JobState {
  const status = row.status as JobState['status'];
  const completedAt = row.completed_at ?? row.created_at;
  switch (status) {
    case 'InProgress':
      return { status };
    case 'Succeeded':
      return {
        status,
        completedAt,
        signatureExpiresAt: row.signature_expires_at ?? completedAt,
        ...(row.signed_at === null ? {} : { signedAt: row.signed_at }),
        certificateSerial: row.certificate_serial ?? '',
        ...(row.signature_digest === null ? {} : { signatureDigest: row.signature_digest as Digest }),
      };
    case 'Failed':
      return {
        status,
        completedAt,
        failure: {
          code: (row.failure_code ?? 'INTERNAL_ERROR') as SigningFailureCode,
          reason: row.failure_reason ?? '',
        },
      };
    default:
      return unreachable(status);
  }
}
