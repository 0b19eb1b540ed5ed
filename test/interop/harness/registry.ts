/** A registry that signs what is pushed to it, ready for a client: server, profile, configuration, repositories. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateRepositoryCommand,
  DescribeImageSigningStatusCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  type ImageIdentifier,
  type ImageSigningStatus,
  PutSigningConfigurationCommand,
} from '@aws-sdk/client-ecr';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { PutSigningProfileCommand, SignerClient } from '@aws-sdk/client-signer';
import { type RunningServer, type ServerOptions, startServer } from './server.ts';

export interface ProfileOptions {
  readonly signingParameters?: Readonly<Record<string, string>>;
  readonly validDays?: number;
}

export interface RegistryUser {
  readonly arn: string;
  /** As `SigningRegistry.password`, by the user. */
  readonly password: () => Promise<string>;
  /** Replaces the user's policy. */
  readonly allow: (statements: readonly object[]) => Promise<void>;
}

export interface SigningRegistry {
  readonly server: RunningServer;
  /** `localhost:<port>` */
  readonly host: string;
  readonly ecr: ECRClient;
  readonly signer: SignerClient;
  /** The ARN of the profile that signs `signed/*`. */
  readonly profileArn: string;
  /** A directory that goes when the registry is closed. */
  readonly dir: string;
  readonly createRepository: (name: string) => Promise<void>;
  /** The password of the user AWS, from GetAuthorizationToken by the account's root. */
  readonly password: () => Promise<string>;
  /** A user with this policy of its own. */
  readonly makeUser: (name: string, statements: readonly object[]) => Promise<RegistryUser>;
  /** Waits until no entry is IN_PROGRESS and gives the entries. */
  readonly settled: (repository: string, image: ImageIdentifier) => Promise<readonly ImageSigningStatus[]>;
  /** Waits for COMPLETE of exactly one signature; gives the digest of the image. */
  readonly signed: (repository: string, image: ImageIdentifier) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** The two clients of the AWS SDK for a server; `offset` shifts their clock, in milliseconds. */
export function awsClients(server: RunningServer, offset = 0): { ecr: ECRClient; signer: SignerClient } {
  const settings = {
    endpoint: server.url,
    region: 'us-east-1',
    credentials: server.credentials,
    systemClockOffset: offset,
    maxAttempts: 1,
  };
  return { ecr: new ECRClient(settings), signer: new SignerClient(settings) };
}

/** Makes the profile and the configuration through the public APIs; gives the ARN of the profile. */
async function configure(ecr: ECRClient, signer: SignerClient, options: ProfileOptions): Promise<string> {
  const { signingParameters, validDays } = options;
  const profile = await signer.send(
    new PutSigningProfileCommand({
      profileName: 'release',
      platformId: 'Notation-OCI-SHA384-ECDSA',
      ...(signingParameters === undefined ? {} : { signingParameters }),
      ...(validDays === undefined
        ? {}
        : { signatureValidityPeriod: { value: validDays, type: 'DAYS' as const } }),
    }),
  );
  const { arn } = profile;
  if (arn === undefined) throw new Error('PutSigningProfile gave no ARN');
  await ecr.send(
    new PutSigningConfigurationCommand({
      signingConfiguration: {
        rules: [
          {
            signingProfileArn: arn,
            repositoryFilters: [{ filter: 'signed/*', filterType: 'WILDCARD_MATCH' }],
          },
        ],
      },
    }),
  );
  return arn;
}

async function passwordBy(ecr: ECRClient): Promise<string> {
  const answer = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = answer.authorizationData?.[0]?.authorizationToken ?? '';
  return Buffer.from(token, 'base64').toString('utf8').slice('AWS:'.length);
}

/** Makes a user through IAM's API. */
async function makeUser(
  server: RunningServer,
  UserName: string,
  statements: readonly object[],
): Promise<RegistryUser> {
  const settings = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1 };
  const root = { ...settings, credentials: server.credentials };
  /** A client for each call, so that nothing is left open. */
  const asRoot = async <T>(call: (iam: IAMClient) => Promise<T>): Promise<T> => {
    const iam = new IAMClient(root);
    try {
      return await call(iam);
    } finally {
      iam.destroy();
    }
  };
  const allow = async (given: readonly object[]): Promise<void> => {
    const Statement = given.map((statement) => ({ Effect: 'Allow', ...statement }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await asRoot((iam) =>
      iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rights', PolicyDocument })),
    );
  };
  const { User } = await asRoot((iam) => iam.send(new CreateUserCommand({ UserName })));
  const { AccessKey } = await asRoot((iam) => iam.send(new CreateAccessKeyCommand({ UserName })));
  await allow(statements);
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  };
  return {
    arn: User?.Arn ?? '',
    allow,
    password: async () => {
      const ecr = new ECRClient({ ...settings, credentials });
      try {
        return await passwordBy(ecr);
      } finally {
        ecr.destroy();
      }
    },
  };
}

/** The registry of a running server; `daysAgo` is how far the server's clock is behind. */
function openRegistry(
  server: RunningServer,
  dir: string,
  profileArn: string,
  daysAgo: number,
): SigningRegistry {
  const { ecr, signer } = awsClients(server, -daysAgo * 86_400_000);

  const settled: SigningRegistry['settled'] = async (repositoryName, imageId) => {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const answer = await ecr.send(new DescribeImageSigningStatusCommand({ repositoryName, imageId }));
      const statuses = answer.signingStatuses ?? [];
      if (statuses.every(({ status }) => status !== 'IN_PROGRESS')) return statuses;
      if (performance.now() > deadline) throw new Error(`still IN_PROGRESS: ${JSON.stringify(statuses)}`);
      await sleep(50);
    }
  };

  return {
    server,
    host: server.host,
    ecr,
    signer,
    profileArn,
    dir,
    settled,
    signed: async (repositoryName, imageId) => {
      const statuses = await settled(repositoryName, imageId);
      if (statuses.length !== 1 || statuses[0]?.status !== 'COMPLETE') {
        throw new Error(`expected one COMPLETE, got ${JSON.stringify(statuses)}`);
      }
      const answer = await ecr.send(new DescribeImageSigningStatusCommand({ repositoryName, imageId }));
      if (answer.imageId?.imageDigest === undefined) throw new Error('the answer names no digest');
      return answer.imageId.imageDigest;
    },
    createRepository: async (repositoryName) => {
      await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    },
    password: () => passwordBy(ecr),
    makeUser: (name, statements) => makeUser(server, name, statements),
    close: async () => {
      ecr.destroy();
      signer.destroy();
      try {
        await server.stop();
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

/**
 * Starts a server whose registry signs every image of repositories named `signed/…` with one profile. Repositories
 * with other names hold images without signatures.
 */
export async function signingRegistry(
  options: Partial<ServerOptions> & ProfileOptions = {},
): Promise<SigningRegistry> {
  const { daysAgo = 0, flags = [] } = options;
  const dir = mkdtempSync(join(tmpdir(), 'sealport-interop-'));
  const server = await startServer({ dataDir: join(dir, 'data'), daysAgo, flags });
  const bare = openRegistry(server, dir, '', daysAgo);
  try {
    return { ...bare, profileArn: await configure(bare.ecr, bare.signer, options) };
  } catch (error) {
    await bare.close();
    throw error;
  }
}

/** Stops the registry's server and goes on with its data today, whatever day the first one lived in. */
export async function reopenedToday(registry: SigningRegistry): Promise<SigningRegistry> {
  registry.ecr.destroy();
  registry.signer.destroy();
  await registry.server.stop();
  const server = await startServer({ dataDir: registry.server.dataDir });
  return openRegistry(server, registry.dir, registry.profileArn, 0);
}
