// The distribution API as a client: content is checked against its digest before it is given on, answers have
// a longest size, pages have a last one.
import { type Digest, digestAlgorithm, digestOf, isDigest } from '../../shared/digest.ts';
import { DOCKER_MANIFEST, DOCKER_MANIFEST_LIST, OCI_INDEX, OCI_MANIFEST } from '../../shared/media-types.ts';
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts';
import { listReferrers, type ReferrerList, type ReferrerQuery } from './referrers.ts';

const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** Redirects of one download that are followed: stores keep layers at another address. */
const MAX_REDIRECTS = 3;
const ACCEPT = [OCI_INDEX, OCI_MANIFEST, DOCKER_MANIFEST_LIST, DOCKER_MANIFEST].join(', ');

export interface FetchedManifest {
  readonly digest: Digest;
  /** Without parameters, as the server gave it. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface RegistryClient {
  /** Uploads unless the repository has it. Gives whether bytes were sent. */
  pushBlob(repositoryName: string, digest: Digest, bytes: Uint8Array): Promise<boolean>;
  putManifest(repositoryName: string, reference: string, mediaType: string, bytes: Uint8Array): Promise<void>;
  /** `reference` is a tag or a digest; undefined when there is none. */
  manifest(
    repositoryName: string,
    reference: string,
    bounds?: DownloadBounds,
  ): Promise<FetchedManifest | undefined>;
  /** Follows redirects to other addresses, without the login. */
  blob(
    repositoryName: string,
    digest: Digest,
    bounds: DownloadBounds & { readonly maxBytes: number },
  ): Promise<Buffer>;
  /**
   * The manifests that name `digest` as their subject, by the referrers API or, where the registry has none, by the
   * list under the tag `sha256-<hex>`. Never throws: what was not listed, and why, is in the list.
   */
  referrers(repositoryName: string, digest: Digest, query: ReferrerQuery): Promise<ReferrerList>;
}

export interface DownloadBounds {
  /** Longest content that is taken, in bytes. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
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

  const fetchManifest: RegistryClient['manifest'] = async (repositoryName, reference, bounds) => {
    const response = await send({
      method: 'GET',
      url: at(`/v2/${repositoryName}/manifests/${reference}`),
      headers: { accept: ACCEPT },
      maxBytes: MAX_MANIFEST_BYTES,
      ...bounds,
    });
    if (response.status === 404) return undefined;
    expectStatus(response, 200, `fetch the manifest ${reference} of ${repositoryName}`);
    const digest = isDigest(reference) ? checked(response.body, reference) : digestOf(response.body);
    const mediaType = (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? '';
    return { digest, mediaType, bytes: response.body };
  };

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

    manifest: fetchManifest,

    blob: async (repositoryName, digest, { maxBytes, signal }) => {
      let url = at(`/v2/${repositoryName}/blobs/${digest}`);
      for (let redirects = 0; ; redirects += 1) {
        const request = { method: 'GET', url, maxBytes, ...(signal !== undefined && { signal }) };
        const isOwn = url.origin === new URL(endpoint).origin;
        const response = await (isOwn ? send(request) : http.send(request));
        if (!isRedirect(response.status)) {
          expectStatus(response, 200, `fetch ${digest} of ${repositoryName}`);
          checked(response.body, digest);
          return response.body;
        }
        if (redirects === MAX_REDIRECTS) throw new CommandError(`${digest} is redirected too often`);
        url = redirection(response, url);
      }
    },

    referrers: (repositoryName, digest, query) =>
      listReferrers(
        {
          page: (url, bounds) => send({ method: 'GET', url, ...bounds }),
          first: at(`/v2/${repositoryName}/referrers/${digest}`),
          fallback: (bounds) => fetchManifest(repositoryName, digest.replace(':', '-'), bounds),
          refusal,
        },
        query,
      ),
  };
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where the content is instead; never from https to plain http. Throws CommandError. */
function redirection(response: HttpResponse, base: URL): URL {
  const value = response.headers.get('location');
  const url = value !== undefined && URL.canParse(value, base) ? new URL(value, base) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== base.protocol))
    throw new CommandError('the registry redirects to no address that can be followed');
  return url;
}

function checked(bytes: Buffer, digest: Digest): Digest {
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual !== digest) throw new CommandError(`asked for ${digest}, the registry gave ${actual}`);
  return digest;
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
