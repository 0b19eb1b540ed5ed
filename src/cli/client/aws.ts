// The few calls of the ECR and Signer APIs that the commands make, signed like any AWS client's. The types say
// what the commands read, not all there is.
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import type { HttpClient, HttpRequest } from './http.ts';
import { type SigningIdentity, signed } from './signed.ts';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** An error that the API answered with; `code` is its bare name, e.g. `ImageNotFoundException`. */
export class AwsError extends CommandError {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

export interface SigningStatusEntry {
  readonly signingProfileArn: string;
  readonly status: 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';
  readonly failureCode?: string;
  readonly failureReason?: string;
}

export interface SigningRule {
  readonly signingProfileArn: string;
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: 'WILDCARD_MATCH' }[];
}

interface EcrCalls {
  GetAuthorizationToken: {
    input: Record<never, never>;
    output: {
      readonly authorizationData: readonly {
        readonly authorizationToken: string;
        /** Epoch seconds. */
        readonly expiresAt: number;
        readonly proxyEndpoint: string;
      }[];
    };
  };
  CreateRepository: {
    input: { readonly repositoryName: string };
    output: { readonly repository: { readonly repositoryUri: string } };
  };
  DescribeRepositories: {
    input: { readonly repositoryNames: readonly string[] };
    output: { readonly repositories: readonly { readonly repositoryUri: string }[] };
  };
  PutSigningConfiguration: {
    input: { readonly signingConfiguration: { readonly rules: readonly SigningRule[] } };
    output: unknown;
  };
  GetSigningConfiguration: {
    input: Record<never, never>;
    output: { readonly signingConfiguration: { readonly rules: readonly SigningRule[] } };
  };
  DescribeImageSigningStatus: {
    input: { readonly repositoryName: string; readonly imageId: ImageId };
    output: {
      readonly repositoryName: string;
      readonly imageId: ImageId;
      readonly registryId: string;
      readonly signingStatuses: readonly SigningStatusEntry[];
    };
  };
}

export interface EcrClient {
  call<O extends keyof EcrCalls>(operation: O, input: EcrCalls[O]['input']): Promise<EcrCalls[O]['output']>;
}

export interface SignerClient {
  putSigningProfile(
    name: string,
    profile: {
      readonly platformId: string;
      readonly signingParameters?: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly arn: string; readonly profileVersion: string; readonly profileVersionArn: string }>;
}

export function makeEcrClient(http: HttpClient, endpoint: string, identity: SigningIdentity): EcrClient {
  return {
    call: async (operation, input) =>
      answer(
        http,
        signed(
          {
            method: 'POST',
            url: new URL('/', endpoint),
            headers: {
              'content-type': 'application/x-amz-json-1.1',
              'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
            },
            body: Buffer.from(JSON.stringify(input)),
            maxBytes: MAX_ANSWER_BYTES,
          },
          'ecr',
          identity,
        ),
        operation,
      ),
  };
}

export function makeSignerClient(
  http: HttpClient,
  endpoint: string,
  identity: SigningIdentity,
): SignerClient {
  return {
    putSigningProfile: async (name, profile) =>
      answer(
        http,
        signed(
          {
            method: 'PUT',
            url: new URL(`/signing-profiles/${encodeURIComponent(name)}`, endpoint),
            headers: { 'content-type': 'application/json' },
            body: Buffer.from(JSON.stringify(profile)),
            maxBytes: MAX_ANSWER_BYTES,
          },
          'signer',
          identity,
        ),
        'PutSigningProfile',
      ),
  };
}

async function answer<T>(http: HttpClient, request: HttpRequest, operation: string): Promise<T> {
  const { status, headers, body } = await http.send(request);
  let document: Record<string, unknown> | undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) document = parsed as Record<string, unknown>;
  } catch (error) {
    // An error without a document is reported by its status below.
    if (status < 300)
      throw new CommandError(`${operation}: ${request.url.origin} does not speak this API`, { cause: error });
  }
  if (status < 300 && document !== undefined) return document as T;
  const name = headers.get('x-amzn-errortype') ?? text(document?.['__type']) ?? `status ${status}`;
  const code = printable(name.split(':', 1)[0]?.split('#').at(-1) ?? name).slice(0, 100);
  const message = text(document?.['message']) ?? text(document?.['Message']) ?? '';
  throw new AwsError(
    code,
    status,
    `${operation}: ${code}${message === '' ? '' : `: ${printable(message.slice(0, 1000))}`}`,
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
