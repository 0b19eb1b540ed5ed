// The wiring: configuration to adapters to domain to surfaces and background work. The only file that sees
// everything; it decides nothing.
import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { openFileStore } from './adapters/blobs/fs.ts';
import { openFileRemoval } from './adapters/data-dir/file-removal.ts';
import { openDataDirectory } from './adapters/data-dir/open.ts';
import { makeLocalKeyStore } from './adapters/keys/local.ts';
import { openMasterKeys } from './adapters/keys/open-master-keys.ts';
import { makeSecretBox } from './adapters/keys/secret-box.ts';
import { openMetadata } from './adapters/metadata/open.ts';
import { makeIdentityTokens } from './adapters/oidc/identity-tokens.ts';
import { openEmbeddedQueue } from './adapters/queue/embedded.ts';
import { SigningPool } from './adapters/signing-pool/pool.ts';
import { openAudit } from './compose-audit.ts';
import { makeMasterKeyChanges } from './compose-keys.ts';
import {
  type Config,
  openRootCredentials,
  readTls,
  registryHostFor,
  withListeningPort,
} from './config/index.ts';
import {
  type Access,
  type Authorize,
  makeAccess,
  makeAuthorizer,
  makeDecide,
  makeDownloadUrls,
  makeLoginTokens,
  makePolicyDocuments,
  makeSealedClaims,
} from './domain/access/index.ts';
import { makeCallAudit } from './domain/audit/index.ts';
import {
  type CollectionPoint,
  type Collector,
  makeGarbageRuns,
  makeRegistry,
  makeScrubRuns,
} from './domain/registry/index.ts';
import { type Checkpoint, makeSigning, type Signing } from './domain/signing/index.ts';
import type { SignatureMaker } from './domain/signing/notary/index.ts';
import { adminRoutes } from './http/admin/routes.ts';
import { makeAdminSurface } from './http/admin/surface.ts';
import type { Callers } from './http/auth/sigv4.ts';
import { makeEcrSurface } from './http/ecr/surface.ts';
import { makeIamSurface } from './http/iam/surface.ts';
import { limitsOf, type ServerLimits, shareOfLimits } from './http/limits.ts';
import { makeMetrics } from './http/metrics.ts';
import { makeOciSurface } from './http/oci/surface.ts';
import { makeOperationsSurface } from './http/operations.ts';
import { makeTrustSurface } from './http/pki/trust.ts';
import { makeBodyMemory } from './http/read-body.ts';
import { makeServer } from './http/server.ts';
import { makeSignerSurface } from './http/signer/surface.ts';
import { makeStsSurface } from './http/sts/surface.ts';
import {
  clockBehindMs,
  clockDetail,
  observeDamage,
  observeGarbageRuns,
  observeScrubRuns,
  observeSigning,
  openWatchedClock,
  startJobs,
} from './jobs/index.ts';
import { openLog } from './log.ts';
import { makeReadThreads, type ReadThreads } from './read-threads/pool.ts';
import type { RegistryKey } from './shared/arn.ts';
import { made } from './shared/assert.ts';
import { type Clock, systemClock } from './shared/clock.ts';
import { makeFairPause } from './shared/fair-pause.ts';

/** What tests put in the place of the real thing; a server that a user starts has none of it. */
export interface ComposeOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Called at the named points of the signing cycle. */
  readonly signingCheckpoint?: Checkpoint;
  /** Called at the named points of a collection of garbage. */
  readonly collectionCheckpoint?: (point: CollectionPoint) => Promise<void> | void;
  /** Told of each thread for pulls that is started. */
  readonly onReadThread?: (worker: Worker) => void;
  /** Stands in front of the real signature maker, e.g. to hold it back. */
  readonly wrapMaker?: (maker: SignatureMaker) => SignatureMaker;
  readonly limits?: Partial<ServerLimits>;
  /** Length at which a file of the audit trail is followed by the next one. */
  readonly auditSegmentBytes?: number;
}

export interface Sealport {
  /** Starts to answer and to work. Gives the address that clients use. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** Background work that may be asked for at any time, beside its own schedule. */
  readonly upkeep: Upkeep;
  /** Identities and their policies, for whoever runs the server in its own process. */
  readonly access: Access;
  /** Ends in order: no new requests, running ones finish, then the jobs, then the stores. */
  close(): Promise<void>;
}

export interface Upkeep extends Collector {
  /** Frees uploads that expired, up to so many; gives how many. */
  expireUploads(limit: number): Promise<number>;
  /** Removes the referrers of images that were deleted long enough ago; gives how many. */
  removeReferrers(): Promise<number>;
  /** Deletes signing profiles that were canceled two years ago, up to so many; gives how many. */
  deleteCanceledProfiles(limit: number): Promise<number>;
}

/** Signatures in the making at a time for each worker thread: one is made while the next is prepared. */
const JOBS_AT_A_TIME = 16;

/**
 * Opens everything that a configuration names, and makes what a first start needs. Throws ConfigError, or an
 * error that says in one line what cannot be used.
 */
export async function compose(given: Config, options: ComposeOptions = {}): Promise<Sealport> {
  let config = given;
  const clock = options.clock ?? systemClock;
  const processLog = openLog({ level: config.logLevel, format: config.logFormat }, options.log);
  const { log } = processLog;
  /** What is open, to be closed in reverse. */
  const open = new AsyncDisposableStack();
  open.defer(() => processLog.end());
  try {
    const directory = openDataDirectory(config.dataDir);
    open.defer(() => directory.release());
    const root = openRootCredentials(config);
    const masterKeys = await openMasterKeys(config.masterKeyFile);
    // The areas know nothing of each other: what one needs of a later one it reaches through here.
    const later: { signing?: Signing; authorize?: Authorize; readThreads?: ReadThreads } = {};
    const metadata = await openMetadata({
      path: directory.entry('metadata.db'),
      onCommitted: () => later.readThreads?.committed(),
      onError: (error) => log.error({ err: error }, 'work after a commit failed'),
    });
    open.defer(() => metadata.close());
    const audit = await openAudit(config, directory.entry('audit'), masterKeys, {
      log,
      clock,
      segmentBytes: options.auditSegmentBytes,
      metadata,
    });
    open.defer(() => audit.close());
    const fileRemoval = openFileRemoval(directory.path);
    open.defer(() => fileRemoval.close());
    const blobs = await openFileStore(directory.path, (reason) =>
      log.warn({ err: reason }, 'layers are sent by copying: sendfile cannot be called'),
    );
    const queue = await openEmbeddedQueue({
      ...metadata,
      clock,
      onError: (error, kind, key) => log.error({ err: error, kind, key }, 'a task failed; it is tried again'),
    });
    const copiesOfKeys = () => masterKeys.all.map((key) => key.copyForWorker());
    const pool = new SigningPool({
      masterKeys: copiesOfKeys,
      onEvent: (event) => log.warn(event, 'signing worker'),
    });
    open.defer(() => pool.close());
    const maker = options.wrapMaker?.(pool) ?? pool;
    const signingClock = await openWatchedClock({ ...metadata, clock, log, queue });
    const metrics = makeMetrics({
      clockBehindMs: () => clockBehindMs(signingClock),
      queueDepth: () => queue.depth('sign-image'),
      damagedBlobs: () => metadata.damagedBlobs.count(metadata.storage.reader),
      logLinesLost: () => processLog.lostLines(),
      auditFinding: () => audit.finding(),
      damagedManifests: () => metadata.storedManifests.countDamaged(metadata.storage.reader),
    });
    const policyDocuments = makePolicyDocuments({ ...metadata, clock });
    const pause = makeFairPause(setTimeout);
    const registry = makeRegistry({
      ...metadata,
      policyDocuments,
      fileRemoval,
      graceMs: config.gcGrace,
      imagesPerRepository: config.maxImagesPerRepository || undefined,
      referrersPerRepository: config.maxReferrersPerRepository || undefined,
      referrersOfDeleted: config.referrersOfDeleted,
      pause,
      sleep: (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }),
      onDamage: observeDamage({ log }),
      ...(options.collectionCheckpoint === undefined
        ? {}
        : { collectionCheckpoint: options.collectionCheckpoint }),
      uploadFiles: blobs.uploads,
      blobFiles: blobs.blobs,
      clock,
      // The registry knows nothing of signing: this hook is where the two meet.
      afterImageStored: async (tx, stored, caller) => later.signing?.planJobs(tx, stored, caller),
      managedSignatures: {
        holdOn: (tx, signature) => made(later.signing).managedSignatures.holdOn(tx, signature),
        contentFound: (...found) => made(later.signing).managedSignatures.contentFound(...found),
        findLost: (query) => made(later.signing).managedSignatures.findLost(query),
      },
    });
    const signing = makeSigning({
      ...metadata,
      clock,
      signingClock,
      configurations: metadata.signingConfigurations,
      profiles: metadata.signingProfiles,
      jobs: metadata.signingJobs,
      oldJobs: metadata.oldSigningJobs,
      statuses: metadata.imageSigningStatuses,
      policyDocuments,
      audit: audit.trail,
      queue,
      keys: makeLocalKeyStore(masterKeys),
      maker,
      authorize: (request) => made(later.authorize)(request),
      resolveImage: (name, id) => registry.images.resolve(name, id),
      imagesToSign: registry.imagesToSign,
      observe: observeSigning({
        log,
        count: (outcome) => metrics.signing(outcome),
        duration: (ms) => metrics.signingDuration(ms),
      }),
      ...(options.signingCheckpoint === undefined ? {} : { checkpoint: options.signingCheckpoint }),
    });
    later.signing = signing;
    await signing.trust.ensureRoot(config.accountId);

    const decide = makeDecide();
    const claims = makeSealedClaims(() => masterKeys.derived('sealport/claims'));
    const access = makeAccess({
      ...metadata,
      clock,
      claims,
      decide,
      secrets: makeSecretBox(masterKeys),
      configuredRoot: { ...root, accountId: config.accountId },
      identityTokens: makeIdentityTokens({ clock }),
      allowLoopbackIssuers: config.oidcLoopback,
    });
    const authorize = makeAuthorizer({
      policies: access.policies,
      areas: {
        ecr: registry.resourceArea,
        signer: signing.resourceArea,
        iam: access.iam.resourceArea,
      },
      decide,
      clock,
    });
    later.authorize = authorize;
    await access.iam.accounts.ensure(config.accountId);
    await access.iam.ensureAwsPolicies();
    const { credentials } = access;
    const loginTokens = makeLoginTokens({
      claims,
      clock,
      findPrincipal: (accessKeyId) => credentials.findPrincipal(accessKeyId),
      rootSecret: root.secretAccessKey,
    });
    const downloadUrls = makeDownloadUrls({ claims, clock });
    const endpoints = {
      publicUrl: () => config.publicUrl,
      registryHost: (of: RegistryKey) => registryHostFor(config, of.accountId, of.region),
    };
    const limits: ServerLimits = { ...limitsOf(config), ...options.limits };
    const readThreads = makeReadThreads({
      count: config.readThreads,
      masterKeys: copiesOfKeys,
      trail: audit.trail,
      metrics,
      addPulls: (notes) => registry.images.addPulls(notes),
      log,
      writeLogLines: (lines) => processLog.writeLines(lines),
      onStart: options.onReadThread,
    });
    later.readThreads = readThreads;
    const bodies = { pace: limits, memory: makeBodyMemory(limits.bodyMemoryBytes) };
    const callers: Callers = {
      findAccessKey: (accessKeyId) => credentials.find(accessKeyId),
      now: () => clock.now(),
      noteUse: (principal, service, region) => access.keyUses.note(principal, service, region),
    };
    const aws = { callers, authorize, bodies };

    const garbageRuns = makeGarbageRuns({
      collector: registry.collector,
      clock,
      observe: observeGarbageRuns({ log, count: ({ progress }) => metrics.collected(progress) }),
    });
    const scrubRuns = makeScrubRuns({
      scrubber: registry.scrubber,
      clock,
      observe: observeScrubRuns({ log }),
    });

    const callAudit = makeCallAudit({ trail: audit.trail, home: config, now: () => clock.now() });
    const server = makeServer({
      log,
      metrics,
      audit: callAudit,
      tls: readTls(config),
      limits: shareOfLimits(limits, config.readThreads + 1),
      trustedProxies: config.trustedProxies,
      surfaces: {
        ecr: makeEcrSurface({
          ...aws,
          services: { registry, signing, loginTokens, downloadUrls, endpoints, claims },
        }),
        signer: makeSignerSurface({ ...aws, services: { signing } }),
        iam: makeIamSurface({ ...aws, services: { iam: access.iam, claims } }),
        sts: makeStsSurface({ ...aws, services: { sts: access.sts } }),
        oci: makeOciSurface({ registry, loginTokens, downloadUrls, authorize, endpoints, bodies }),
        pki: makeTrustSurface({ trust: signing.trust }),
        admin: makeAdminSurface({
          callers,
          accountId: config.accountId,
          routes: adminRoutes({
            gc: { runs: garbageRuns, graceMs: config.gcGrace },
            scrub: { runs: scrubRuns },
            accounts: { iam: access.iam },
            uploads: registry,
            sign: { signing, authorize },
            clock: { signingClock },
          }),
        }),
        operations: makeOperationsSurface({
          metrics,
          checks: [
            { name: 'database', check: () => metadata.check() },
            { name: 'blobs', check: () => blobs.blobs.check() },
            { name: 'audit trail', check: () => audit.check() },
          ],
          attention: () => (audit.finding() === 0 ? [] : ['audit trail']),
          details: () => clockDetail(signingClock),
          onNotReady: (check, error) => log.error({ check, err: error }, 'not ready'),
        }),
      },
    });

    return {
      async listen() {
        const port = await server.listen(
          config.host,
          config.port,
          config.readThreads > 0 ? 'first' : undefined,
        );
        config = withListeningPort(config, port);
        const changes = makeMasterKeyChanges({
          path: config.masterKeyFile,
          ring: masterKeys,
          metadata,
          clock,
          log,
          keysChanged: async () => {
            await Promise.all([pool.renewKeys(), readThreads.renewKeys()]);
            await audit.renewHead();
          },
          recordsChanged: () => signing.keysWereResealed(),
          keyRetires: () => audit.renewHead(),
        });
        const jobs = startJobs({
          queue,
          signing,
          signingClock,
          registry,
          access,
          log,
          signingConcurrency: JOBS_AT_A_TIME,
          changeMasterKey: () => changes.step(),
          takeAuditAcceptance: () => audit.takeAcceptance(),
          garbageRuns,
          gc: { intervalMs: config.gcInterval, graceMs: config.gcGrace },
          scrubRuns,
          scrub: { intervalMs: config.scrubInterval, bytesPerSecond: config.scrubRate },
          referrersOfDeleted: config.referrersOfDeleted,
          pause,
        });
        open.defer(() => jobs.stop());
        open.defer(() => server.close());
        open.defer(() => readThreads.close());
        const shared = { config, limits: shareOfLimits(limits, config.readThreads + 1) };
        await readThreads.start(shared, (path) => server.listenForThreads(path));
        log.info({ host: config.host, port, dataDir: directory.path }, 'listening');
        return { url: config.publicUrl, port };
      },
      upkeep: {
        collect: (options) => registry.collector.collect(options),
        expireUploads: (limit) => registry.uploads.expire(limit),
        removeReferrers: () => registry.referrerRemoval.removeDue(),
        deleteCanceledProfiles: (limit) => signing.profiles.deleteCanceled(limit),
      },
      access,
      close: () => open.disposeAsync(),
    };
  } catch (error) {
    await open.disposeAsync();
    throw error;
  }
}
