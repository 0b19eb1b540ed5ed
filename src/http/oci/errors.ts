// What /v2 answers when it refuses: the specification's codes, ECR's texts. The domain's errors become wire errors
// in one exhaustive table; anything else is a fault of ours and tells the client nothing.
// Source: distribution-spec, Error Codes; the codes beyond it are the Docker Registry HTTP API's.
import type { DomainError } from '../../domain/errors.ts';
import { unreachable } from '../../shared/assert.ts';
import { ExpectedError } from '../../shared/expected-error.ts';
import { shortened } from '../bounded-refusal.ts';

export type OciCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'PAGINATION_NUMBER_INVALID'
  | 'RANGE_INVALID'
  | 'SIZE_INVALID'
  | 'TAG_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNAVAILABLE'
  | 'UNKNOWN'
  | 'UNSUPPORTED';

export interface OciErrorEntry {
  readonly code: OciCode;
  readonly message: string;
  readonly detail?: unknown;
}

/** A refusal as it goes out. */
export class OciError extends ExpectedError {
  override readonly name = 'OciError';
  readonly status: number;
  readonly entries: readonly OciErrorEntry[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    entries: OciErrorEntry | readonly OciErrorEntry[],
    options: ErrorOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    const list = 'code' in entries ? [entries] : entries;
    super(list[0]?.message ?? 'refused', options);
    this.status = status;
    this.entries = list;
    this.headers = options.headers ?? {};
  }
}

/** oras, notation and what else is built on oras-go read no more of a refusal, and tell nothing of a longer one. */
export const MOST_DOCUMENT_BYTES = 8 * 1024;

/** Of an entry that is left out: the brackets, and the entry that counts them. */
const COUNT_BYTES = 128;

/**
 * The body of a refusal, in about `room` characters: as many entries as fit, one at least, and a last one that counts
 * the others. Clients that know nothing of it show it as one error more.
 */
export function errorDocument(entries: readonly OciErrorEntry[], room: number): string {
  const shown: string[] = [];
  let left = room - COUNT_BYTES;
  for (const { message, ...entry } of entries) {
    const text = JSON.stringify({ ...entry, message: shortened(message, room) });
    left -= text.length + 1;
    if (left < 0 && shown.length > 0) break;
    shown.push(text);
  }
  const [first] = entries;
  const omitted = entries.length - shown.length;
  if (first !== undefined && omitted > 0)
    shown.push(
      JSON.stringify({ code: first.code, message: `and ${omitted} more like these`, detail: { omitted } }),
    );
  return `{"errors":[${shown.join(',')}]}`;
}

export function refuse(status: number, code: OciCode, message: string, detail?: unknown): OciError {
  return new OciError(status, { code, message, ...(detail === undefined ? {} : { detail }) });
}

const RETRY_AFTER = { 'Retry-After': '1' };

/** The domain's refusal in /v2's words. */
export function renderDomainError(error: DomainError): OciError {
  const { code, message } = error;
  const as = (status: number, wire: OciCode, headers: Readonly<Record<string, string>> = {}) =>
    new OciError(status, { code: wire, message }, { cause: error, headers });
  // The first one tells all, for clients that show one only.
  const each = (wire: OciCode, what: string, digests: readonly string[]) =>
    new OciError(
      400,
      digests.map((digest, at) => ({
        code: wire,
        message: at === 0 ? message : `${what} '${digest}' does not exist in the repository`,
        detail: { digest },
      })),
      { cause: error },
    );
  switch (code) {
    case 'AccessDenied':
      return as(403, 'DENIED');
    case 'InvalidParameter':
    case 'Validation':
    case 'MalformedPolicy':
    case 'NoSuchEntity':
    case 'EntityAlreadyExists':
    case 'DeleteConflict':
    case 'PolicyNotAttachable':
    case 'PackedPolicyTooLarge':
    case 'InvalidIdentityToken':
    case 'ExpiredIdentityToken':
    case 'RejectedIdentityToken':
    case 'IdentityProviderUnreachable':
    case 'TooManyTags':
      return as(400, 'UNSUPPORTED');
    case 'LimitExceeded':
    case 'Throttled':
      return as(429, 'TOOMANYREQUESTS', RETRY_AFTER);
    case 'RepositoryNotFound':
    case 'ResourceNotFound':
      return as(404, 'NAME_UNKNOWN');
    case 'RepositoryAlreadyExists':
    case 'RepositoryNotEmpty':
    case 'ImageAlreadyExists':
    case 'LayerAlreadyExists':
    case 'ImageReferenced':
      return as(409, 'DENIED');
    case 'InvalidTag':
    case 'ImageTagAlreadyExists':
      return as(400, 'TAG_INVALID');
    case 'ImageNotFound':
      // ECR's text on /v2.
      return new OciError(
        404,
        { code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' },
        { cause: error },
      );
    case 'ImageDigestMismatch':
    case 'DigestMismatch':
      return as(400, 'DIGEST_INVALID');
    case 'InvalidManifest':
    case 'UnsupportedImageType':
      return as(400, 'MANIFEST_INVALID');
    case 'ManifestTooLarge':
    case 'LayerTooLarge':
      return as(413, 'SIZE_INVALID');
    case 'LayersNotFound':
      return each('MANIFEST_BLOB_UNKNOWN', 'Layer', (error as DomainError<typeof code>).details.digests);
    case 'ReferencedImagesNotFound':
      return each('MANIFEST_BLOB_UNKNOWN', 'Image', (error as DomainError<typeof code>).details.digests);
    case 'BlobNotFound':
    case 'LayerInaccessible':
      return as(404, 'BLOB_UNKNOWN');
    case 'UploadNotFound':
      return as(404, 'BLOB_UPLOAD_UNKNOWN');
    case 'UploadConflict':
      return as(409, 'BLOB_UPLOAD_INVALID');
    case 'EmptyUpload':
      return as(400, 'BLOB_UPLOAD_INVALID');
    case 'LayerPartTooSmall':
      return as(400, 'SIZE_INVALID');
    case 'InvalidLayerPart':
      return as(416, 'RANGE_INVALID', sessionHeaders((error as DomainError<typeof code>).details));
    case 'Conflict':
      // Deleting what is in use is not offered (405 is what the specification has for that).
      return as(405, 'UNSUPPORTED');
    case 'RepositoryPolicyNotFound':
    case 'RegistryPolicyNotFound':
    case 'SigningConfigurationNotFound':
    case 'SigningProfileNotFound':
    case 'ProfilePermissionNotFound':
    case 'SigningJobNotFound':
    case 'SigningPlatformNotFound':
      return as(404, 'UNSUPPORTED');
    case 'StorageUnavailable':
    case 'ClockBehind':
      return as(503, 'UNAVAILABLE', RETRY_AFTER);
    default:
      return unreachable(code);
  }
}

/** Where an upload goes on, so that the client needs no further question (distribution-spec, Pushing a blob in chunks). */
function sessionHeaders(details: {
  readonly repositoryName: string;
  readonly uploadId: string;
  readonly lastByteReceived: number;
}): Readonly<Record<string, string>> {
  return {
    Location: `/v2/${details.repositoryName}/blobs/uploads/${details.uploadId}`,
    Range: `0-${details.lastByteReceived}`,
    'Docker-Upload-UUID': details.uploadId,
  };
}
