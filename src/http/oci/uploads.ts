// Pushing blobs: in one request, in a stream, in chunks, or by mounting what another repository holds
// (distribution-spec, end-4 to end-6, end-11, end-13 and the cancelling of an upload).
import type { Principal } from '../../domain/access/index.ts';
import type { Upload } from '../../domain/registry/index.ts';
import type { DigestAlgorithm } from '../../shared/digest.ts';
import { hasBody } from '../read-body.ts';
import { parseDigest } from './blobs.ts';
import { bodySource } from './body-source.ts';
import { refuse } from './errors.ts';
import { type Answer, type Exchange, named, type OciServices, sendEmpty } from './exchange.ts';
import { chunkRangeOf } from './ranges.ts';

export function sessionPath(repositoryName: string, uploadId: string): string {
  return `/v2/${repositoryName}/blobs/uploads/${uploadId}`;
}

function sessionHeaders(repositoryName: string, upload: Upload): Record<string, string> {
  return {
    Location: sessionPath(repositoryName, upload.id),
    // An empty upload has no last byte; `0-0` is what clients know.
    Range: `0-${Math.max(upload.receivedBytes - 1, 0)}`,
    'Docker-Upload-UUID': upload.id,
  };
}

function created(repositoryName: string, digest: string): Answer {
  return {
    status: 201,
    headers: { Location: `/v2/${repositoryName}/blobs/${digest}`, 'Docker-Content-Digest': digest },
  };
}

function accepted(repositoryName: string, upload: Upload): Answer {
  return { status: 202, headers: sessionHeaders(repositoryName, upload) };
}

function algorithmOf(text: string | null): DigestAlgorithm {
  if (text === null || text === 'sha256') return 'sha256';
  if (text === 'sha512') return 'sha512';
  throw refuse(
    400,
    'DIGEST_INVALID',
    `The digest algorithm '${text.slice(0, 64)}' is not supported (sha256 or sha512)`,
  );
}

/** `POST …/blobs/uploads/`, with `mount`, with `digest` and the whole body, or to begin. */
export async function postUpload(
  exchange: Exchange,
  { registry, bodies }: OciServices,
  repositoryName: string,
): Promise<Answer> {
  const { query, request } = exchange;
  const name = named(exchange, repositoryName);
  const mount = query.get('mount');
  if (mount !== null) {
    const mayRead = (source: string) => exchange.may('ecr:GetDownloadUrlForLayer', source);
    const from = query.get('from') ?? undefined;
    const digest = parseDigest(mount);
    if (await registry.layers.mount(name, digest, from, mayRead)) return created(repositoryName, digest);
  }
  const digestText = mount === null ? query.get('digest') : null;
  if (digestText === null) {
    const algorithm = algorithmOf(query.get('digest-algorithm'));
    const upload = await registry.uploads.begin(name, callerOf(exchange), { algorithm });
    return accepted(repositoryName, upload);
  }
  const digest = parseDigest(digestText);
  const upload = await registry.uploads.begin(name, callerOf(exchange), {
    algorithm: algorithmOf(digest.split(':', 1)[0] ?? null),
  });
  await registry.uploads.complete(name, upload.id, digest, { source: bodySource(request, bodies.pace) });
  return created(repositoryName, digest);
}

function callerOf({ caller }: Exchange): Principal {
  // A signed address is one of a layer: nothing is opened there.
  if (caller === undefined) throw new Error('an upload without a caller');
  return caller.principal;
}

/** Where the body begins, when the client says so. */
function offsetOf(exchange: Exchange): number | undefined {
  const { headers } = exchange.request;
  const range = chunkRangeOf(headers['content-range']);
  switch (range.kind) {
    case 'absent':
      return undefined;
    case 'malformed':
      throw refuse(416, 'RANGE_INVALID', 'Content-Range must be <first byte>-<last byte>');
    case 'chunk': {
      const { 'content-length': length } = headers;
      if (length !== undefined && Number(length) !== range.last - range.first + 1) {
        throw refuse(400, 'SIZE_INVALID', 'Content-Range and Content-Length do not say the same');
      }
      return range.first;
    }
  }
}

function at(offset: number | undefined): { readonly offset?: number } {
  return offset === undefined ? {} : { offset };
}

export async function patchUpload(
  exchange: Exchange,
  { registry, bodies }: OciServices,
  repositoryName: string,
  uploadId: string,
): Promise<Answer> {
  const upload = await registry.uploads.append(
    named(exchange, repositoryName),
    uploadId,
    bodySource(exchange.request, bodies.pace),
    at(offsetOf(exchange)),
  );
  return accepted(repositoryName, upload);
}

/** A wrong digest ends the upload; a missing or malformed one does not. */
export async function putUpload(
  exchange: Exchange,
  { registry, bodies }: OciServices,
  repositoryName: string,
  uploadId: string,
): Promise<Answer> {
  const { query, request } = exchange;
  const digestText = query.get('digest');
  if (digestText === null) {
    throw refuse(400, 'DIGEST_INVALID', 'The digest of the blob is missing: add it to the query as `digest`');
  }
  const digest = parseDigest(digestText);
  await registry.uploads.complete(named(exchange, repositoryName), uploadId, digest, {
    ...at(offsetOf(exchange)),
    ...(hasBody(request) ? { source: bodySource(request, bodies.pace) } : {}),
  });
  return created(repositoryName, digest);
}

export async function getUpload(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  uploadId: string,
): Promise<void> {
  const upload = await registry.uploads.find(named(exchange, repositoryName), uploadId);
  sendEmpty(exchange.response, 204, sessionHeaders(repositoryName, upload));
}

export async function deleteUpload(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  uploadId: string,
): Promise<Answer> {
  await registry.uploads.cancel(named(exchange, repositoryName), uploadId);
  return { status: 204, headers: {} };
}
