/**
 * The few distribution requests that tests make by hand, for images that no client would make: changed by one byte,
 * with a signature that belongs to another image.
 */
import { createHash } from 'node:crypto';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
}

export interface Distribution {
  readonly manifest: (repository: string, reference: string) => Promise<Buffer>;
  readonly blob: (repository: string, digest: string) => Promise<Buffer>;
  /** All that refer to the digest, or those of one type. */
  readonly referrers: (
    repository: string,
    digest: string,
    artifactType?: string,
  ) => Promise<readonly Descriptor[]>;
  readonly pushBlob: (repository: string, bytes: Buffer) => Promise<string>;
  /** Stores the bytes under the tag, or under their own digest; gives the digest. */
  readonly pushManifest: (repository: string, bytes: Buffer, tag?: string) => Promise<string>;
}

export function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** `url` of the server, `password` of the user AWS. A reply that is not expected throws with its text. */
export function distribution(url: string, password: string): Distribution {
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  const send = async (method: string, path: string, init: RequestInit, status: number): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    const answer = await fetch(new URL(path, url), { ...init, method, headers });
    if (answer.status !== status) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    }
    return answer;
  };
  const bytesOf = async (path: string): Promise<Buffer> =>
    Buffer.from(await (await send('GET', path, { headers: { accept: '*/*' } }, 200)).arrayBuffer());

  return {
    manifest: (repository, reference) => bytesOf(`/v2/${repository}/manifests/${reference}`),
    blob: (repository, digest) => bytesOf(`/v2/${repository}/blobs/${digest}`),
    referrers: async (repository, digest, artifactType) => {
      const query = artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(artifactType)}`;
      const list = await bytesOf(`/v2/${repository}/referrers/${digest}${query}`);
      return (JSON.parse(list.toString('utf8')) as { manifests: Descriptor[] }).manifests;
    },
    pushBlob: async (repository, bytes) => {
      const digest = sha256(bytes);
      const session = await send('POST', `/v2/${repository}/blobs/uploads/`, {}, 202);
      const target = new URL(session.headers.get('location') ?? '', url);
      target.searchParams.set('digest', digest);
      await send('PUT', target.href, { body: new Uint8Array(bytes) }, 201);
      return digest;
    },
    pushManifest: async (repository, bytes, tag) => {
      const { mediaType } = JSON.parse(bytes.toString('utf8')) as { mediaType: string };
      const path = `/v2/${repository}/manifests/${tag ?? sha256(bytes)}`;
      await send('PUT', path, { headers: { 'content-type': mediaType }, body: new Uint8Array(bytes) }, 201);
      return sha256(bytes);
    },
  };
}
