// The signing area on real stores, a real key store and real signing workers, without HTTP: for tests of what a
// client cannot bring about (a principal without permissions, a key that is gone, a task that comes twice).
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLocalKeyStore } from '../../src/adapters/keys/local.ts';
import { loadOrCreateMasterKey } from '../../src/adapters/keys/master-key.ts';
import { MasterKeyRing } from '../../src/adapters/keys/master-key-ring.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';
import { openEmbeddedQueue } from '../../src/adapters/queue/embedded.ts';
import { SigningPool } from '../../src/adapters/signing-pool/pool.ts';
import { makePolicyDocuments, type NamedPolicy, type UserPrincipal } from '../../src/domain/access/index.ts';
import type { AuditEvent } from '../../src/domain/audit/index.ts';
import { makeImagesToSign, type StoredImage } from '../../src/domain/registry/index.ts';
import {
  type ClockState,
  type CrashPoint,
  makeSigning,
  openSigningClock,
  type Signing,
  type SigningDeps,
  type SigningEvent,
} from '../../src/domain/signing/index.ts';
import type { SignatureMaker, SigningRequest } from '../../src/domain/signing/notary/index.ts';
import { type Digest, digestOf } from '../../src/shared/digest.ts';
import { OCI_MANIFEST } from '../../src/shared/media-types.ts';
import { authorizerFor, everything, requestFacts } from './policies.ts';

export const accountId = '123456789012';
export const registryKey = { accountId, region: 'us-east-1' };
export const principal: UserPrincipal = {
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/pusher`,
  userId: 'AIDAEXAMPLEPUSHER000',
  userName: 'pusher',
  accessKeyId: 'AKIDEXAMPLE',
  tags: {},
};
/** `ahead`: how far the clock is from the machine's, ms. */
export const clock = { ahead: 0, now: () => Date.now() + clock.ahead };

/** What a test changes around the cycle. */
export interface World {
  /** The pusher's. */
  policies: readonly NamedPolicy[];
  sign: SignatureMaker['sign'];
  crashAt: CrashPoint | undefined;
  events: SigningEvent[];
  clockChanges: ClockState[];
  audited: AuditEvent[];
}

function unexpected(error: unknown): void {
  throw error;
}

export type SigningStores = Awaited<ReturnType<typeof openSigningStores>>;

export async function openSigningStores() {
  const directory = await mkdtemp(join(tmpdir(), 'sealport-signing-'));
  const metadata = await openMetadata({ path: join(directory, 'metadata.db'), onError: unexpected });
  const { key } = await loadOrCreateMasterKey(join(directory, 'master.key'));
  const pool = new SigningPool({ masterKeys: () => [Uint8Array.from(key.copyForWorker())], maxWorkers: 1 });
  const { storage } = metadata;
  const { reader } = storage;
  const quiet = (): World => ({
    policies: [everything],
    sign: (request) => pool.sign(request),
    crashAt: undefined,
    events: [],
    clockChanges: [],
    audited: [],
  });
  const world = quiet();
  const repository = await storage.write((tx) =>
    metadata.repositories.insert(tx, {
      registry: registryKey,
      name: 'team/app',
      createdAt: clock.now(),
      tagMutability: 'MUTABLE',
      tagMutabilityExclusions: [],
      scanOnPush: false,
      encryption: { encryptionType: 'AES256' },
    }),
  );
  assert.ok(repository);
  const { id: repositoryId } = repository;
  const deps: SigningDeps = {
    storage,
    repositories: metadata.repositories,
    audit: {
      requireReady: () => {},
      record: async ({ occasion, lasting }) => void world.audited.push({ ...occasion, ...lasting.facts }),
    },
    clock,
    signingClock: await openSigningClock({
      ...metadata,
      clock,
      onChange: (state) => world.clockChanges.push(state),
    }),
    configurations: metadata.signingConfigurations,
    profiles: metadata.signingProfiles,
    jobs: metadata.signingJobs,
    oldJobs: metadata.oldSigningJobs,
    statuses: metadata.imageSigningStatuses,
    authorities: metadata.authorities,
    resourceTags: metadata.resourceTags,
    policyDocuments: makePolicyDocuments({ ...metadata, clock }),
    images: metadata.images,
    layers: metadata.layers,
    // Tasks are only kept: each test delivers them by itself.
    queue: await openEmbeddedQueue({ storage, tasks: metadata.tasks, clock, onError: unexpected }),
    keys: makeLocalKeyStore(new MasterKeyRing(key)),
    maker: { sign: (request: SigningRequest) => world.sign(request), close: async () => {} },
    authorize: authorizerFor(() => world.policies),
    imagesToSign: makeImagesToSign({ ...metadata, clock, referrersOfDeleted: 'delete' }),
    // The one repository has it.
    resolveImage: async (_, id) =>
      (await metadata.images.find(reader, repositoryId, id.digest as Digest)) ?? assert.fail('no such image'),
    checkpoint(point) {
      if (point === world.crashAt) throw new Error(`crashed at ${point}`);
    },
    observe: (event) => void world.events.push(event),
  };
  let pushes = 0;

  const stores = {
    metadata,
    pool,
    world,
    repositoryId,
    /** A signing area of its own on these stores, as another process would have it. */
    open: (): Signing => makeSigning(deps),
    /** Puts the world back to where nothing goes wrong. */
    reset: () => void Object.assign(world, quiet()),
    /** Stores an image as a push does, with the plan in the same transaction. */
    async push(
      signing: Signing,
      given: { digest?: Digest; tags?: string[]; image?: Partial<StoredImage['image']> } = {},
    ): Promise<Digest> {
      const bytes = Buffer.from(`manifest ${(pushes += 1)}`);
      const digest = given.digest ?? digestOf(bytes);
      await storage.write(async (tx) => {
        const known = await metadata.images.find(tx, repositoryId, digest);
        const image = known ?? {
          repositoryId,
          digest,
          mediaType: OCI_MANIFEST,
          manifestSizeBytes: bytes.length,
          imageSizeBytes: 0,
          pushedAt: clock.now(),
          ...given.image,
        };
        if (known === undefined) await metadata.images.insert(tx, image, bytes, []);
        const stored = {
          repository,
          image,
          isNew: known === undefined,
          tags: given.tags ?? [],
          isReferrersList: false,
        };
        await signing.planJobs(tx, stored, { principal, request: requestFacts });
      });
      return digest;
    },
    /** Puts a profile and gives its ARN. */
    async profile(signing: Signing, name: string, parameters: Record<string, string> = {}): Promise<string> {
      const platformId = 'Notation-OCI-SHA384-ECDSA';
      await signing.profiles.put({ owner: registryKey, name, platformId, parameters });
      return `arn:aws:signer:us-east-1:${accountId}:/signing-profiles/${name}`;
    },
    /** Every repository is signed under these profiles. */
    rules: (signing: Signing, ...arns: string[]) =>
      signing.configuration.put(registryKey, {
        rules: arns.map((signingProfileArn) => ({ signingProfileArn })),
      }),
    statuses: (digest: Digest) => metadata.imageSigningStatuses.list(reader, repositoryId, digest),
    /** Ids of the jobs whose tasks are in the queue. */
    async waiting(): Promise<string[]> {
      const keys: string[] = [];
      for (let owner: string | undefined; ; ) {
        owner = await metadata.tasks.nextOwner(reader, 'sign-image', owner);
        if (owner === undefined) return keys;
        const tasks = await metadata.tasks.due(reader, 'sign-image', owner, clock.now() + 1e9, 1000);
        keys.push(...tasks.map((task) => task.key));
      }
    },
    async signaturesOf(digest: Digest) {
      const page = await metadata.imageLists.referrers(reader, repositoryId, digest, { limit: 10 });
      return page.items;
    },
    findJob: (jobId: string) => metadata.signingJobs.findById(reader, jobId),
    /** The one status of an image, and the job that it belongs to. */
    async only(digest: Digest) {
      const [status, ...others] = await stores.statuses(digest);
      assert.ok(status);
      assert.equal(others.length, 0);
      return { ...status, job: await stores.findJob(status.jobId) };
    },
    async close() {
      await pool.close();
      await metadata.close();
      await rm(directory, { recursive: true });
    },
  };
  return stores;
}
