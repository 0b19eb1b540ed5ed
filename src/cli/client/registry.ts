// The distribution API as a client: content is checked against its digest before it is given on, answers have
// a longest size, pages have a last one.
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../../shared/digest.ts';
import { DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST } from '../../shared/media-types.ts';
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_REFERRER_PAGES = 100;
const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST].join(', ');

export interface FetchedManifest {
  readonly digest: Digest;
  /** Without parameters, as the server gave it. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

export interface RegistryClient {
  /** Uploads unless the repository has it. Gives whether bytes were sent. */
  pushBlob(repositoryName: string, digest: Digest, bytes: Uint8Array): Promise<boolean>;
  putManifest(repositoryName: string, reference: string, mediaType: string, bytes: Uint8Array): Promise<void>;
  /** `reference` is a tag or a digest; undefined when there is none. */
  manifest(repositoryName: string, reference: string): Promise<FetchedManifest | undefined>;
  blob(repositoryName: string, digest: Digest, maxBytes: number): Promise<Buffer>;
  /** Descriptors of the manifests that name `digest` as their subject. */
  referrers(repositoryName: string, digest: Digest, artifactType: string): Promise<readonly Descriptor[]>;
}

/** `password` goes with the user name AWS; it is asked for once, at the first request. */
export function makeRegistryClient(
  http: HttpClient,
  endpoint: string,
  password: () => Promise<string>,
): RegistryClient {
  let authorization: Promise<string> | undefined;

  async function send(request: Omit<HttpRequest, 'maxBytes'> & { maxBytes?: number }): Promise<HttpResponse> {
    authorization ??= password().then((token) => `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`);
    return http.send({
      maxBytes: 1024 * 1024,
      ...request,
      headers: { ...request.headers, authorization: await authorization },
    });
  }

  const at = (path: string): URL => new URL(path, endpoint);

  /** Where an upload goes on: same origin only, because the login goes with it. */
  function location(response: HttpResponse, base: URL): URL {
    const value = response.headers.get('location');
    if (value === undefined || !URL.canParse(value, base))
      throw new CommandError('the registry gave no upload location');
    const url = new URL(value, base);
    if (url.origin !== base.origin)
      throw new CommandError(
        `the registry sends uploads to ${printable(url.origin)}, not to ${base.origin}: set --public-url of the server`,
      );
    return url;
  }

  return {
    pushBlob: async (repositoryName, digest, bytes) => {
      const head = await send({ method: 'HEAD', url: at(`/v2/${repositoryName}/blobs/${digest}`) });
      if (head.status === 200) return false;
      const begin = at(`/v2/${repositoryName}/blobs/uploads/`);
      const started = await send({ method: 'POST', url: begin, body: new Uint8Array(0) });
      expectStatus(started, 202, `begin an upload to ${repositoryName}`);
      const target = location(started, begin);
      target.searchParams.set('digest', digest);
      const done = await send({
        method: 'PUT',
        url: target,
        headers: { 'content-type': 'application/octet-stream' },
        body: bytes,
      });
      expectStatus(done, 201, `upload ${digest}`);
      return true;
    },

    putManifest: async (repositoryName, reference, mediaType, bytes) => {
      const response = await send({
        method: 'PUT',
        url: at(`/v2/${repositoryName}/manifests/${reference}`),
        headers: { 'content-type': mediaType },
        body: bytes,
      });
      expectStatus(response, 201, `push ${repositoryName}:${reference}`);
    },

    manifest: async (repositoryName, reference) => {
      const response = await send({
        method: 'GET',
        url: at(`/v2/${repositoryName}/manifests/${reference}`),
        headers: { accept: ACCEPT },
        maxBytes: MAX_MANIFEST_BYTES,
      });
      if (response.status === 404) return undefined;
      expectStatus(response, 200, `fetch the manifest ${reference} of ${repositoryName}`);
      const digest = isDigest(reference) ? checked(response.body, reference) : digestOf(response.body);
      const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
      return { digest, mediaType, bytes: response.body };
    },

    blob: async (repositoryName, digest, maxBytes) => {
      const response = await send({
        method: 'GET',
        url: at(`/v2/${repositoryName}/blobs/${digest}`),
        maxBytes,
      });
      expectStatus(response, 200, `fetch ${digest} of ${repositoryName}`);
      checked(response.body, digest);
      return response.body;
    },

    referrers: async (repositoryName, digest, artifactType) => {
      const found: Descriptor[] = [];
      const first = at(`/v2/${repositoryName}/referrers/${digest}`);
      first.searchParams.set('artifactType', artifactType);
      let page: URL | undefined = first;
      for (let count = 0; page !== undefined; count += 1) {
        if (count === MAX_REFERRER_PAGES) throw new CommandError(`${digest} has too many referrers to list`);
        const response: HttpResponse = await send({
          method: 'GET',
          url: page,
          maxBytes: MAX_MANIFEST_BYTES,
        });
        expectStatus(response, 200, `list the referrers of ${digest}`);
        found.push(...referrerDescriptors(response.body, artifactType));
        page = nextPage(response, page);
      }
      return found;
    },
  };
}

function checked(bytes: Buffer, digest: Digest): Digest {
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual !== digest) throw new CommandError(`asked for ${digest}, the registry gave ${actual}`);
  return digest;
}

function nextPage(response: HttpResponse, page: URL): URL | undefined {
  const target = /^<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, page)) return undefined;
  const url = new URL(target, page);
  return url.origin === page.origin ? url : undefined;
}

/** The server may or may not filter (OCI-Filters-Applied), so we do it in any case. */
function referrerDescriptors(body: Buffer, artifactType: string): readonly Descriptor[] {
  const document = parseJson(body);
  const manifests = (document as { manifests?: unknown } | null)?.manifests;
  if (!Array.isArray(manifests)) throw new CommandError('the list of referrers is no image index');
  return manifests.flatMap((entry: unknown) => {
    const item = entry as Partial<Record<'mediaType' | 'digest' | 'size' | 'artifactType', unknown>> | null;
    if (item?.artifactType !== artifactType) return [];
    if (typeof item.digest !== 'string' || !isDigest(item.digest)) return [];
    if (typeof item.mediaType !== 'string' || typeof item.size !== 'number') return [];
    return [{ mediaType: item.mediaType, digest: item.digest, size: item.size }];
  });
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new CommandError('the registry gave something that is no JSON', { cause: error });
  }
}

function expectStatus(response: HttpResponse, status: number, action: string): void {
  if (response.status === status) return;
  throw new CommandError(`could not ${action}: ${refusal(response)}`);
}

/** `401 UNAUTHORIZED: text`, from the error document of the distribution API. */
function refusal(response: HttpResponse): string {
  try {
    const document = JSON.parse(response.body.toString('utf8')) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    };
    const first = document.errors?.[0];
    if (first !== undefined)
      return printable(`${response.status} ${String(first.code)}: ${String(first.message)}`.slice(0, 500));
  } catch {
    // No error document: the status alone has to do.
  }
  return `status ${response.status}`;
}
