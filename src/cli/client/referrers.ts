// The list of an image's referrers, as far as it can be had: anybody who may push adds to it, so a page that is
// missing, too long or no list ends the list and nothing else.
import { type Digest, isDigest } from '../../shared/digest.ts';
import { CommandError } from '../errors.ts';
import type { HttpResponse } from './http.ts';

/** One page is a manifest, and as long as one at most. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 100;
/** A longer value of the wanted annotation is left out. */
const MAX_ANNOTATION = 4096;

export interface ReferrerQuery {
  readonly artifactType: string;
  /** Key of an annotation whose value is given with each referrer. */
  readonly annotation?: string;
  /** Of all pages together. */
  readonly maxBytes: number;
  readonly maxReferrers: number;
  readonly signal?: AbortSignal;
}

export interface Referrer {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Value of the wanted annotation. */
  readonly annotation?: string;
}

export interface ReferrerList {
  /** Each digest once, in the order of the registry. */
  readonly referrers: readonly Referrer[];
  /** Why there may be more than these. */
  readonly problem?: string;
}

interface PageBounds {
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** How the pages are fetched. All but `refusal` reject with CommandError. */
export interface ReferrerSource {
  page(url: URL, bounds: PageBounds): Promise<HttpResponse>;
  /** Of the referrers API. */
  readonly first: URL;
  /** The list under the fallback tag; undefined when there is none. */
  fallback(bounds: PageBounds): Promise<{ readonly bytes: Buffer } | undefined>;
  /** What the registry says in a refusal. */
  refusal(response: HttpResponse): string;
}

/** Lists page after page within the bounds. Never throws on what the registry gives. */
export async function listReferrers(source: ReferrerSource, query: ReferrerQuery): Promise<ReferrerList> {
  const found = new Map<Digest, Referrer>();
  let bytesLeft = query.maxBytes;
  const bounds = (): PageBounds => ({
    maxBytes: Math.min(MAX_PAGE_BYTES, bytesLeft),
    ...(query.signal !== undefined && { signal: query.signal }),
  });

  /** Adds what a page lists; throws CommandError at the first one too many. */
  const take = (body: Buffer): void => {
    bytesLeft -= body.length;
    for (const referrer of readPage(body, query)) {
      if (!found.has(referrer.digest) && found.size === query.maxReferrers)
        throw new CommandError(`more than ${query.maxReferrers} are not listed`);
      found.set(referrer.digest, referrer);
    }
  };

  let problem: string | undefined;
  try {
    let page: URL | undefined = new URL(source.first);
    page.searchParams.set('artifactType', query.artifactType);
    for (let count = 0; page !== undefined; count += 1) {
      if (count === MAX_PAGES) throw new CommandError(`more than ${MAX_PAGES} pages are not read`);
      if (bytesLeft <= 0) throw new CommandError(`more than ${query.maxBytes} bytes are not read`);
      const response: HttpResponse = await source.page(page, bounds());
      if (response.status === 404 && count === 0) {
        // A registry without the referrers API (distribution-spec, Backwards Compatibility).
        const list = await source.fallback(bounds());
        if (list !== undefined) take(list.bytes);
        break;
      }
      if (response.status !== 200) throw new CommandError(source.refusal(response));
      take(response.body);
      page = nextPage(response, page);
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    problem = error.message;
  }
  return { referrers: [...found.values()], ...(problem !== undefined && { problem }) };
}

/** The following page; on the same origin only, because the login goes with it. */
function nextPage(response: HttpResponse, page: URL): URL | undefined {
  const target = /^<([^>]{1,8192})>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, page) ? new URL(target, page) : undefined;
  if (url?.origin !== page.origin) throw new CommandError('the next page is on another server');
  return url;
}

/** The server may or may not filter (OCI-Filters-Applied), so we do it in any case. */
function readPage(body: Buffer, { artifactType, annotation }: ReferrerQuery): readonly Referrer[] {
  const manifests = (parseJson(body) as { manifests?: unknown } | null)?.manifests;
  if (!Array.isArray(manifests)) throw new CommandError('the list of referrers is no image index');
  return manifests.flatMap((entry: unknown) => {
    const item = entry as Partial<Record<'digest' | 'size' | 'artifactType' | 'annotations', unknown>> | null;
    if (item?.artifactType !== artifactType) return [];
    const { digest, size, annotations } = item;
    if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number') return [];
    const value = annotation === undefined ? undefined : valueOf(annotations, annotation);
    return [{ digest, sizeBytes: size, ...(value !== undefined && { annotation: value }) }];
  });
}

function valueOf(annotations: unknown, name: string): string | undefined {
  if (typeof annotations !== 'object' || annotations === null || !Object.hasOwn(annotations, name))
    return undefined;
  const value = (annotations as Record<string, unknown>)[name];
  return typeof value === 'string' && value.length <= MAX_ANNOTATION ? value : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new CommandError('the list of referrers is no JSON', { cause: error });
  }
}
