// Lists, by pages: tags and referrers of a repository, repositories of the registry (distribution-spec, end-8 and
// end-12; the catalog is the Docker Registry HTTP API's). A page that is not the last has a `Link` to the next.
import type { Image } from '../../domain/registry/index.ts';
import { OCI_INDEX } from '../../shared/media-types.ts';
import { sendJson } from '../surface.ts';
import { parseDigest } from './blobs.ts';
import { refuse } from './errors.ts';
import { type Exchange, named, type OciServices } from './exchange.ts';

/** Also what a client gets that asks for more. */
const MAX_PAGE = 1000;
const MAX_KEY = 256;
const REFERRERS_PAGE = 100;
const MAX_ARTIFACT_TYPES = 10;

interface PageRequest {
  readonly size: number;
  /** As the client asked, for the next link; undefined when it did not. */
  readonly asked: string | undefined;
  readonly after: string | undefined;
}

function pageOf(query: URLSearchParams): PageRequest {
  const asked = query.get('n') ?? undefined;
  if (asked !== undefined && !/^\d{1,9}$/.test(asked)) {
    throw refuse(400, 'PAGINATION_NUMBER_INVALID', '`n` must be a whole number, 0 or greater');
  }
  const after = query.get('last') ?? undefined;
  if (after !== undefined && after.length > MAX_KEY) {
    throw refuse(400, 'PAGINATION_NUMBER_INVALID', '`last` is longer than any name');
  }
  return { size: Math.min(asked === undefined ? MAX_PAGE : Number(asked), MAX_PAGE), asked, after };
}

function linkTo(path: string, asked: string | undefined, next: string | undefined): Record<string, string> {
  if (next === undefined) return {};
  const query = new URLSearchParams(asked === undefined ? { last: next } : { n: asked, last: next });
  return { Link: `<${path}?${query}>; rel="next"` };
}

export async function listTags(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
): Promise<void> {
  const name = named(exchange, repositoryName);
  const { size, asked, after } = pageOf(exchange.query);
  const path = `/v2/${repositoryName}/tags/list`;
  if (size === 0) {
    await registry.repositories.find(name);
    sendJson(exchange.response, 200, { name: repositoryName, tags: [] });
    return;
  }
  const query = { limit: size, ...(after === undefined ? {} : { after }) };
  const { items, next } = await registry.images.listTags(name, query);
  sendJson(exchange.response, 200, { name: repositoryName, tags: items }, linkTo(path, asked, next));
}

export async function listRepositories(exchange: Exchange, { registry }: OciServices): Promise<void> {
  const { size, asked, after } = pageOf(exchange.query);
  if (size === 0) {
    sendJson(exchange.response, 200, { repositories: [] });
    return;
  }
  const query = { limit: size, ...(after === undefined ? {} : { after }) };
  const { items, next } = await registry.repositories.describe(exchange.registry, query);
  const repositories = items.map(({ name }) => name);
  sendJson(exchange.response, 200, { repositories }, linkTo('/v2/_catalog', asked, next));
}

function descriptorOf(image: Image): object {
  return {
    mediaType: image.mediaType,
    digest: image.digest,
    size: image.manifestSizeBytes,
    ...(image.artifactType === undefined ? {} : { artifactType: image.artifactType }),
    ...(image.annotations === undefined ? {} : { annotations: image.annotations }),
  };
}

/** 200 with an empty index when nothing refers to the digest, whether it exists or not. */
export async function listReferrers(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  text: string,
): Promise<void> {
  const { query, response } = exchange;
  const subject = parseDigest(text);
  const artifactTypes = query.getAll('artifactType').filter((type) => type !== '');
  if (artifactTypes.length > MAX_ARTIFACT_TYPES) {
    throw refuse(400, 'UNSUPPORTED', `A list is filtered by ${MAX_ARTIFACT_TYPES} artifact types at most`);
  }
  const last = query.get('last');
  const { items, next } = await registry.images.listReferrers(named(exchange, repositoryName), subject, {
    limit: REFERRERS_PAGE,
    ...(artifactTypes.length === 0 ? {} : { artifactTypes }),
    ...(last === null ? {} : { after: parseDigest(last) }),
  });
  const manifests = items.map(descriptorOf);
  const more = new URLSearchParams(artifactTypes.map((type) => ['artifactType', type]));
  if (next !== undefined) more.set('last', next);
  sendJson(
    response,
    200,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    {
      'Content-Type': OCI_INDEX,
      ...(artifactTypes.length === 0 ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
      ...(next === undefined
        ? {}
        : { Link: `</v2/${repositoryName}/referrers/${subject}?${more}>; rel="next"` }),
    },
  );
}
