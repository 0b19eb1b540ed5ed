// Entry of a thread that answers pulls: the parts of compose.ts that reading needs, on a reader of its own. Everything
// else that comes to its listener, and whatever turns out to need a write, goes to the main thread.
import { setImmediate, setTimeout } from 'node:timers/promises';
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openFileStore } from './adapters/blobs/fs.ts';
import { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import { makeSecretBox } from './adapters/keys/secret-box.ts';
import { openMetadataForReading } from './adapters/metadata/open-reading.ts';
import { makeIdentityTokens } from './adapters/oidc/identity-tokens.ts';
import { openRootCredentials, readTls } from './config/index.ts';
import {
  makeAccess,
  makeAuthorizer,
  makeDecide,
  makeDownloadUrls,
  makeLoginTokens,
  makePolicyDocuments,
  makeSealedClaims,
} from './domain/access/index.ts';
import { makeCallAudit } from './domain/audit/index.ts';
import { watchCommits } from './domain/commits-elsewhere.ts';
import { makeRegistry } from './domain/registry/index.ts';
import { ReadOnlyStorage } from './domain/storage.ts';
import { isPull } from './http/oci/routes.ts';
import { makeOciSurface } from './http/oci/surface.ts';
import { makePassOn } from './http/pass-on.ts';
import { makeBodyMemory } from './http/read-body.ts';
import { makeServer } from './http/server.ts';
import { makeLog } from './log.ts';
import { makeAuditAtMain } from './read-threads/audit-at-main.ts';
import type { FromReadThread, ReadThreadStart, ToReadThread } from './read-threads/protocol.ts';
import { makeReporter } from './read-threads/reporter.ts';
import { systemClock } from './shared/clock.ts';

async function serve(port: MessagePort, start: ReadThreadStart): Promise<void> {
  const { config, limits } = start;
  const clock = systemClock;
  const log = makeLog({ level: config.logLevel, format: config.logFormat }, (lines) =>
    reporter.logged(lines),
  );
  const masterKeys = MasterKeyRing.ofCopies(start.masterKeys);
  const commits = new Int32Array(start.commits);
  const countCommits = () => Atomics.load(commits, 0);
  watchCommits(countCommits);
  const say = (message: FromReadThread) => port.postMessage(message, []);

  const metadata = openMetadataForReading(`${config.dataDir}/metadata.db`, countCommits);
  const files = await openFileStore(config.dataDir, (reason) =>
    log.warn({ err: reason }, 'layers are sent by copying: sendfile cannot be called'),
  );
  const elsewhere = () => Promise.reject(new ReadOnlyStorage());
  const policyDocuments = makePolicyDocuments({ ...metadata, clock });
  const registry = makeRegistry({
    ...metadata,
    policyDocuments,
    fileRemoval: { during: elsewhere },
    graceMs: config.gcGrace,
    referrersOfDeleted: config.referrersOfDeleted,
    pause: () => setImmediate(),
    sleep: (ms, signal) => setTimeout(ms, undefined, { signal, ref: false }),
    // What was found could not be written down.
    inspector: { verify: elsewhere, isLost: elsewhere },
    onDamage: () => {},
    uploadFiles: files.uploads,
    blobFiles: files.blobs,
    clock,
    afterImageStored: elsewhere,
    managedSignatures: { holdOn: elsewhere, contentFound: elsewhere, findLost: elsewhere },
  });
  const root = openRootCredentials(config);
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
  const bodies = { pace: limits, memory: makeBodyMemory(limits.bodyMemoryBytes) };
  const reporter = makeReporter({
    send: (happened) => say({ type: 'happened', ...happened }),
    takePulls: () => registry.images.takePulls(),
  });
  const audit = makeAuditAtMain({ reads: config.audit === 'all', reporter, say });
  const passOn = makePassOn(start.passOnTo);
  const pulls = makeOciSurface({
    registry,
    loginTokens: makeLoginTokens({
      claims,
      clock,
      findPrincipal: (accessKeyId) => access.credentials.findPrincipal(accessKeyId),
      rootSecret: root.secretAccessKey,
    }),
    downloadUrls: makeDownloadUrls({ claims, clock }),
    authorize: makeAuthorizer({
      policies: access.policies,
      areas: { ecr: registry.resourceArea },
      decide,
      clock,
    }),
    endpoints: { publicUrl: () => config.publicUrl },
    bodies,
    passOn: passOn.surface,
  });
  const { surface } = passOn;
  const server = makeServer({
    log,
    metrics: reporter.metrics,
    audit: makeCallAudit({ trail: audit.trail, home: config, now: () => clock.now() }),
    tls: readTls(config),
    limits,
    trustedProxies: config.trustedProxies,
    surfaces: {
      ecr: surface,
      signer: surface,
      iam: surface,
      sts: surface,
      oci: (request, response, meta) =>
        (isPull(request.method, request.url ?? '/') ? pulls : surface)(request, response, meta),
      pki: surface,
      admin: surface,
      operations: surface,
    },
  });

  async function close(): Promise<void> {
    await server.close();
    reporter.flush();
    passOn.close();
    metadata.close();
    port.close();
  }

  await server.listen(config.host, config.port, 'further');
  // Not before: who is told to close while it begins to listen would go on.
  port.on('message', (message: ToReadThread) => {
    switch (message.type) {
      case 'keys':
        masterKeys.replace(message.masterKeys);
        say({ type: 'keys-taken' });
        return;
      case 'audited':
        audit.answered(message);
        return;
      case 'close':
        void close();
    }
  });
  say({ type: 'listening' });
}

if (isMainThread || parentPort === null) throw new Error('a read thread runs as a worker thread only');
await serve(parentPort, workerData as ReadThreadStart);
