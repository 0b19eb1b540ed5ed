// A raw client for tests: signed calls of the AWS APIs and pushes through /v2, sent exactly as the test says.
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';
import type { TestBlob, TestImage, TestManifest } from './images.ts';

export interface TestCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; an empty object when there was no body. */
  readonly body: Record<string, unknown>;
}

export interface ApiClient {
  /** One call of the ECR API. A string is sent as it is. */
  ecr(operation: string, input: unknown): Promise<ApiAnswer>;
  /** One call of the Signer API. */
  signer(method: string, target: string, input?: object): Promise<ApiAnswer>;
  /** Value of an Authorization header for /v2. */
  login(): Promise<string>;
  /** The next use of /v2 asks for a new login. */
  forgetLogin(): void;
  /** Uploads a blob in one request. Throws when it was not taken. */
  pushBlob(repositoryName: string, blob: TestBlob): Promise<void>;
  /** Throws when it was not taken. */
  pushManifest(repositoryName: string, reference: string, manifest: TestManifest): Promise<void>;
  /** Blobs, then the manifest. */
  pushImage(repositoryName: string, reference: string, image: TestImage): Promise<void>;
}

/** `now` gives the time that requests are signed with, epoch ms. */
export function apiClient(options: {
  readonly url: string;
  readonly credentials: TestCredentials;
  readonly region: string;
  readonly now?: () => number;
}): ApiClient {
  const { url, credentials, region } = options;
  let authorization: Promise<string> | undefined;

  async function signed(
    service: string,
    method: string,
    target: string,
    extra: Readonly<Record<string, string>>,
    body: Buffer,
  ): Promise<ApiAnswer> {
    const headers = signRequest({
      ...credentials,
      method,
      target,
      headers: {
        host: new URL(url).host,
        ...(credentials.sessionToken === undefined
          ? {}
          : { 'x-amz-security-token': credentials.sessionToken }),
        ...extra,
      },
      body,
      region,
      service,
      now: options.now?.() ?? Date.now(),
    });
    const answer = await fetch(`${url}${target}`, {
      method,
      headers,
      ...(body.length === 0 ? {} : { body: Uint8Array.from(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  const client: ApiClient = {
    ecr: (operation, input) =>
      signed(
        'ecr',
        'POST',
        '/',
        {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
        },
        Buffer.from(typeof input === 'string' ? input : JSON.stringify(input)),
      ),
    signer: (method, target, input) =>
      signed(
        'signer',
        method,
        target,
        input === undefined ? {} : { 'content-type': 'application/json' },
        Buffer.from(input === undefined ? '' : JSON.stringify(input)),
      ),
    login() {
      authorization ??= client.ecr('GetAuthorizationToken', {}).then(({ body }) => {
        const [data] = body['authorizationData'] as { authorizationToken: string }[];
        if (data === undefined) throw new Error('no login token');
        return `Basic ${data.authorizationToken}`;
      });
      return authorization;
    },
    forgetLogin() {
      authorization = undefined;
    },
    async pushBlob(repositoryName, { digest, bytes }) {
      await taken(
        await fetch(`${url}/v2/${repositoryName}/blobs/uploads/?digest=${digest}`, {
          method: 'POST',
          headers: { authorization: await client.login() },
          body: Buffer.from(bytes),
        }),
      );
    },
    async pushManifest(repositoryName, reference, { mediaType, bytes }) {
      await taken(
        await fetch(`${url}/v2/${repositoryName}/manifests/${reference}`, {
          method: 'PUT',
          headers: { authorization: await client.login(), 'content-type': mediaType },
          body: Buffer.from(bytes),
        }),
      );
    },
    async pushImage(repositoryName, reference, image) {
      for (const blob of image.blobs) await client.pushBlob(repositoryName, blob);
      await client.pushManifest(repositoryName, reference, image.manifest);
    },
  };
  return client;
}

async function taken(answer: Response): Promise<void> {
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`${answer.status} from ${answer.url}: ${text}`);
}
