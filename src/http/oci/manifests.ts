// Manifests: pull by tag or digest, push, delete (distribution-spec, end-3, end-7 and end-9). Bytes go in and out as
// they are: never converted, whatever `Accept` says, because a signature is over them.
import { type Image, type ImageId, MANIFEST_LIMIT_BYTES } from '../../domain/registry/index.ts';
import { isTag } from '../../shared/names.ts';
import { endAnswer, writeHead } from '../answers.ts';
import { type BodyRules, BodyTooLargeError, type HeldBody, readBody } from '../read-body.ts';
import { parseDigest } from './blobs.ts';
import { refuse } from './errors.ts';
import { type Answer, type Exchange, named, type OciServices, sendEmpty } from './exchange.ts';
import { matchesEtag } from './ranges.ts';

/** Tags of one push by digest; the specification asks for 10 at least. */
const MAX_TAG_PARAMETERS = 100;

/** A reference with a colon is a digest. Throws OciError for a malformed one. */
function imageIdOf(reference: string): ImageId {
  return reference.includes(':') ? { digest: parseDigest(reference) } : { tag: reference };
}

function headersOf(image: Image): Record<string, string | number> {
  return {
    'Content-Type': image.mediaType,
    'Content-Length': image.manifestSizeBytes,
    'Docker-Content-Digest': image.digest,
    ETag: `"${image.digest}"`,
  };
}

function notModified(exchange: Exchange, image: Image): boolean {
  if (!matchesEtag(exchange.request.headers['if-none-match'], image.digest)) return false;
  sendEmpty(exchange.response, 304, { 'Docker-Content-Digest': image.digest, ETag: `"${image.digest}"` });
  return true;
}

export async function headManifest(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  reference: string,
): Promise<void> {
  const image = await registry.images.resolve(named(exchange, repositoryName), imageIdOf(reference));
  // As for a damaged layer: a client that asks before it pushes then pushes, which heals it.
  if (image.manifestFault !== undefined) throw refuse(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  if (notModified(exchange, image)) return;
  writeHead(exchange.response, 200, headersOf(image));
  endAnswer(exchange.response);
}

export async function getManifest(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  reference: string,
): Promise<void> {
  const name = named(exchange, repositoryName);
  const { image, manifestBytes } = await registry.images.get(name, imageIdOf(reference));
  if (notModified(exchange, image)) return;
  writeHead(exchange.response, 200, headersOf(image));
  endAnswer(exchange.response, manifestBytes);
}

function mediaTypeOf(header: string | undefined): string | undefined {
  const [type = ''] = (header ?? '').split(';', 1);
  return type.trim() === '' ? undefined : type.trim().toLowerCase();
}

/** Tags that a push by digest sets (`?tag=a&tag=b`). */
function tagParameters(query: URLSearchParams): readonly string[] {
  const tags = [...new Set(query.getAll('tag'))];
  if (tags.length > MAX_TAG_PARAMETERS) {
    throw refuse(414, 'TAG_INVALID', `A push sets ${MAX_TAG_PARAMETERS} tags at most`);
  }
  return tags;
}

function checkTag(tag: string): void {
  if (isTag(tag)) return;
  throw refuse(400, 'TAG_INVALID', `'${tag.slice(0, 200)}' is not a tag ([a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})`);
}

async function bodyOf(exchange: Exchange, rules: BodyRules): Promise<HeldBody> {
  try {
    return await readBody(exchange.request, MANIFEST_LIMIT_BYTES, rules);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    throw refuse(413, 'SIZE_INVALID', `A manifest must not be larger than ${error.limitBytes} bytes`);
  }
}

export async function putManifest(
  exchange: Exchange,
  { registry, bodies }: OciServices,
  repositoryName: string,
  reference: string,
): Promise<Answer> {
  const { query, request, caller } = exchange;
  if (caller === undefined) throw new Error('a push has a principal');
  const byDigest = reference.includes(':');
  const extraTags = byDigest ? tagParameters(query) : [];
  const tags = byDigest ? extraTags : [reference];
  for (const tag of tags) checkTag(tag);
  const expectedDigest = byDigest ? parseDigest(reference) : undefined;
  const mediaType = mediaTypeOf(request.headers['content-type']);
  using body = await bodyOf(exchange, bodies);
  const { image } = await registry.images.put({
    ...named(exchange, repositoryName),
    manifestBytes: body.bytes,
    tags,
    caller,
    onSame: 'accept',
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(expectedDigest === undefined ? {} : { expectedDigest }),
  });
  return {
    status: 201,
    headers: {
      Location: `/v2/${repositoryName}/manifests/${image.digest}`,
      'Docker-Content-Digest': image.digest,
      ...(image.subject === undefined ? {} : { 'OCI-Subject': image.subject }),
      ...(extraTags.length === 0 ? {} : { 'OCI-Tag': extraTags.join(', ') }),
    },
  };
}

/** A tag is only taken away; a digest goes with all its tags. */
export async function deleteManifest(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  reference: string,
): Promise<Answer> {
  const id = reference.includes(':') ? { digest: parseDigest(reference) } : { tag: reference };
  await registry.images.delete(named(exchange, repositoryName), id);
  return { status: 202, headers: {} };
}
