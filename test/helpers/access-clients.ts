// AWS's own clients of IAM and STS, as any caller, and the documents that the tests of access use.
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { TestServer } from './start-server.ts';

export interface ClientCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export const allow = (action: string | readonly string[], resource: string | readonly string[] = '*') => ({
  Effect: 'Allow',
  Action: action,
  Resource: resource,
});

export const allowPull = policy(allow('ecr:BatchGetImage'));

/** A trust policy for these AWS principals. */
export const trust = (aws: string | readonly string[], more: object = {}) =>
  policy({ Effect: 'Allow', Principal: { AWS: aws }, Action: 'sts:AssumeRole', ...more });

export function iamClient(
  server: TestServer,
  credentials: ClientCredentials = server.credentials,
): IAMClient {
  return new IAMClient({ endpoint: server.url, region: server.region, credentials, maxAttempts: 1 });
}

/** `clockOffsetMs`: how far the clock that the client signs with is ahead of the machine's. */
export function stsClient(
  server: TestServer,
  credentials: ClientCredentials = server.credentials,
  clockOffsetMs = 0,
): STSClient {
  return new STSClient({
    endpoint: server.url,
    region: server.region,
    credentials,
    maxAttempts: 1,
    systemClockOffset: clockOffsetMs,
  });
}

/** Makes a user with a key, as the account's root. */
export async function makeUser(server: TestServer, UserName: string): Promise<ClientCredentials> {
  const iam = iamClient(server);
  await iam.send(new CreateUserCommand({ UserName }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}

/** What AWS's client throws: its code, status and message. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly code: string; readonly status: number; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    const { name, message, Code, $metadata } = error as Error & {
      readonly Code?: string;
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    return { code: Code ?? name, status: $metadata?.httpStatusCode ?? 0, message };
  }
  throw new Error('the call was not refused');
}
