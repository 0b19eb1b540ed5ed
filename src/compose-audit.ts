// The wiring of the audit trail: for the server, which writes it, and for the commands that read it, beside a running
// server or without one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import {
  hasAcceptRequest,
  readAcceptRequest,
  removeAcceptRequest,
  writeAcceptRequest,
} from './adapters/audit/accept-request.ts';
import { checkEnd } from './adapters/audit/check-end.ts';
import { type AuditFilter, exportAuditLog } from './adapters/audit/export.ts';
import { isFinding } from './adapters/audit/line.ts';
import { type Acceptance, AuditLog, type AuditLogEvent } from './adapters/audit/log.ts';
import type { AuditProblem } from './adapters/audit/problems.ts';
import type { AuditKey } from './adapters/audit/seal.ts';
import type { MarkStore } from './adapters/audit/second-place.ts';
import { makeAuditTrail } from './adapters/audit/trail.ts';
import { type AuditVerification, verifyAuditLog } from './adapters/audit/verify.ts';
import { openDataDirectory } from './adapters/data-dir/open.ts';
import { type MasterKey, readMasterKey } from './adapters/keys/master-key.ts';
import { readFormerKeys } from './adapters/keys/master-key-files.ts';
import type { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import { openMasterKeys } from './adapters/keys/open-master-keys.ts';
import { type Metadata, openMetadata } from './adapters/metadata/open.ts';
import { openMetadataForReading } from './adapters/metadata/open-reading.ts';
import type { Config } from './config/index.ts';
import { type AuditTrail, NO_AUDIT } from './domain/audit/index.ts';
import { isDomainError } from './domain/errors.ts';
import { unreachable } from './shared/assert.ts';
import { type Clock, systemClock } from './shared/clock.ts';

export type { AuditFilter, AuditProblem, AuditVerification };

type Place = Pick<Config, 'dataDir' | 'masterKeyFile'>;

/** What seals, head and mark of the audit trail are made with. */
function auditKeyOf(masterKey: MasterKey): AuditKey {
  return { id: masterKey.id, key: masterKey.deriveKey('sealport/audit-head/v1') };
}

export function auditDirectory(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'audit');
}

function marksOf({ storage, auditMarks }: Pick<Metadata, 'storage' | 'auditMarks'>): MarkStore {
  return {
    find: () => auditMarks.find(storage.reader),
    put: (document) => storage.write((tx) => auditMarks.put(tx, document)),
  };
}

async function auditKeys(masterKeyFile: string): Promise<readonly AuditKey[]> {
  const current = await readMasterKey(masterKeyFile);
  const former = await readFormerKeys(masterKeyFile);
  return [...(current === undefined ? [] : [current]), ...former.map(({ key }) => key)].map(auditKeyOf);
}

/** The marks in a database that somebody else may have, or why they cannot be read. */
function openMarks(dataDir: string): { readonly marks?: MarkStore; readonly why?: string; close(): void } {
  const path = join(dataDir, 'metadata.db');
  if (!existsSync(path)) return { why: `there is no ${path}`, close: () => {} };
  try {
    const metadata = openMetadataForReading(path, () => 0);
    return { marks: marksOf(metadata), close: () => metadata.close() };
  } catch (error) {
    return { why: (error as Error).message, close: () => {} };
  }
}

export type Verified = AuditVerification & {
  readonly headChecked: boolean;
  /** Why the mark in the database was not looked at; undefined: it was. */
  readonly markUnchecked?: string;
};

/**
 * Checks every record of the audit trail. `onProgress` is called at the end of each file. Without a master key (it is
 * kept elsewhere) the chain is checked and seals, head and mark are not: that the chain was not made again and its end not
 * cut off is not shown then.
 */
export async function verifyAudit(
  config: Place,
  onProgress: (segment: number, records: number) => void,
): Promise<Verified> {
  const keys = await auditKeys(config.masterKeyFile);
  const database = openMarks(config.dataDir);
  try {
    let { why } = database;
    if (why === undefined)
      // The tables of an earlier version, or damaged ones.
      why = await database.marks?.find().then(
        () => undefined,
        (error: unknown) => (error as Error).message,
      );
    const verification = await verifyAuditLog({
      directory: auditDirectory(config),
      keys: keys.length === 0 ? undefined : keys,
      marks: why === undefined ? database.marks : undefined,
      onProgress,
    });
    return {
      ...verification,
      headChecked: keys.length > 0,
      ...(why === undefined ? {} : { markUnchecked: why }),
    };
  } finally {
    database.close();
  }
}

/** A quick look: what the next start would find, and what is found and not accepted. Reads little, changes nothing. */
export async function checkAuditEnd(
  config: Place,
): Promise<{ readonly sequence: number; readonly problem?: string }> {
  const keys = await auditKeys(config.masterKeyFile);
  const database = openMarks(config.dataDir);
  try {
    return await checkEnd(auditDirectory(config), keys, database.marks);
  } finally {
    database.close();
  }
}

/** The events that pass, as lines of JSON without their ends. */
export function exportAudit(
  config: Pick<Config, 'dataDir'>,
  filter: AuditFilter,
  chain: boolean,
): AsyncGenerator<string> {
  return exportAuditLog(auditDirectory(config), filter, chain);
}

interface OpenAuditDeps {
  readonly log: Logger;
  readonly clock: Clock;
  readonly segmentBytes: number | undefined;
  readonly metadata: Pick<Metadata, 'storage' | 'auditMarks'>;
}

function openAuditLog(
  config: Config,
  directory: string,
  ring: MasterKeyRing,
  { log, clock, segmentBytes, metadata }: OpenAuditDeps,
): Promise<AuditLog> {
  return AuditLog.open({
    directory,
    keys: () => ring.all.map(auditKeyOf),
    marks: marksOf(metadata),
    now: () => clock.now(),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    sync: config.auditSync,
    maxBytes: config.auditKeep === 'all' ? undefined : config.auditKeep,
    onEvent: (event) => logAuditEvent(log, event),
  });
}

export interface OpenAudit {
  readonly trail: AuditTrail;
  check(): Promise<void>;
  /** Sequence of the oldest finding that nobody has accepted; 0: there is none. */
  finding(): number;
  /** Everything that vouches for the trail is under the master key of now. */
  renewHead(): Promise<void>;
  /** Looks whether an operator accepts what was found, and writes it down. */
  takeAcceptance(): Promise<void>;
  close(): Promise<void>;
}

/** The audit trail as it is configured; opening it heals and notes what a crash left. `metadata` must outlive it. */
export async function openAudit(
  config: Config,
  directory: string,
  ring: MasterKeyRing,
  deps: OpenAuditDeps,
): Promise<OpenAudit> {
  const { log, clock } = deps;
  if (config.audit === 'off')
    return {
      trail: NO_AUDIT,
      check: async () => {},
      finding: () => 0,
      takeAcceptance: async () => {},
      close: async () => {},
      async renewHead() {
        // A trail of before is not left under a key that will be gone.
        if (existsSync(directory)) await (await openAuditLog(config, directory, ring, deps)).close();
      },
    };
  const auditLog = await openAuditLog(config, directory, ring, deps);
  if (config.auditKeep === 'all')
    log.info({ auditKeep: 'all' }, 'the audit trail keeps every record; --audit-keep <bytes> limits it');
  const reads = config.audit === 'all';
  const trail = makeAuditTrail({
    log: auditLog,
    reads,
    onFailure: config.auditOnFailure,
    now: () => clock.now(),
  });
  return {
    trail,
    async check() {
      if (config.auditOnFailure === 'refuse' && auditLog.fault !== undefined) throw auditLog.fault;
    },
    finding: () => auditLog.finding,
    renewHead: () => auditLog.renewHead(),
    async takeAcceptance() {
      if (!(await hasAcceptRequest(directory))) return;
      const acceptance = await readAcceptRequest(directory, ring.all.map(auditKeyOf));
      if (acceptance === 'bad') {
        log.error({ directory }, 'a request to accept what was found in the audit trail has a wrong MAC');
      } else {
        await auditLog.accept(acceptance);
        const { by, reason, problems } = acceptance;
        log.warn({ by, reason, problems: problems.length }, 'an operator has accepted what was found');
      }
      await removeAcceptRequest(directory);
    },
    async close() {
      trail.noteSuppressed();
      await auditLog.close();
    },
  };
}

export interface Accepted {
  readonly by: 'this command' | 'the server';
  readonly problems: readonly AuditProblem[];
  /** What is of this moment and cannot be accepted: a start has to note it. */
  readonly left: readonly AuditProblem[];
}

/**
 * Writes into the trail, under the master key, that `who` knows of everything that is found in it now. The server does it
 * when one has the data directory. Rejects when there is no trail or no master key.
 */
export async function acceptAudit(
  config: Config,
  options: {
    readonly who: string;
    readonly reason: string;
    readonly timeoutMs: number;
    readonly wait: (ms: number) => Promise<void>;
    readonly onProgress: (segment: number, records: number) => void;
  },
): Promise<Accepted> {
  const { who: by, reason } = options;
  const acceptanceOf = ({ problems }: AuditVerification): Acceptance => ({
    by,
    reason,
    problems: problems.flatMap(({ what, pin }) =>
      pin === undefined ? [] : [{ what: what.slice(0, 200), pin }],
    ),
  });
  await using open = new AsyncDisposableStack();
  const idle = await openIdleDirectory(config, open);
  if (idle === undefined) {
    const verification = await verifyAudit(config, options.onProgress);
    const acceptance = acceptanceOf(verification);
    if (acceptance.problems.length > 0) await askServer(config, acceptance, options);
    return outcome('the server', verification);
  }
  const { directory, ring, metadata } = idle;
  const auditLog = await openAuditLog(config, directory.entry('audit'), ring, {
    log: pino({ level: 'silent' }),
    clock: systemClock,
    segmentBytes: undefined,
    metadata,
  });
  open.defer(() => auditLog.close());
  const verification = await verifyAuditLog({
    directory: directory.entry('audit'),
    keys: ring.all.map(auditKeyOf),
    marks: marksOf(metadata),
    onProgress: options.onProgress,
  });
  const acceptance = acceptanceOf(verification);
  if (acceptance.problems.length > 0) await auditLog.accept(acceptance);
  return outcome('this command', verification);
}

function outcome(by: Accepted['by'], { problems }: AuditVerification): Accepted {
  return {
    by,
    problems: problems.filter(({ pin }) => pin !== undefined),
    left: problems.filter(({ pin }) => pin === undefined),
  };
}

export interface OpenTrail {
  readonly metadata: Metadata;
  readonly trail: AuditTrail;
  close(): Promise<void>;
}

/** The records of a data directory and its audit trail, for a command that changes something; undefined: a server has it. */
export async function openTrail(config: Config): Promise<OpenTrail | undefined> {
  const open = new AsyncDisposableStack();
  try {
    const idle = await openIdleDirectory(config, open);
    if (idle === undefined) return undefined;
    const { directory, ring, metadata } = idle;
    const log = pino({ level: 'silent' });
    const deps = { log, clock: systemClock, segmentBytes: undefined, metadata };
    const audit = await openAudit(config, directory.entry('audit'), ring, deps);
    open.defer(() => audit.close());
    return { metadata, trail: audit.trail, close: () => open.disposeAsync() };
  } catch (error) {
    await open.disposeAsync();
    throw error;
  }
}

export interface IdleDirectory {
  readonly directory: ReturnType<typeof openDataDirectory>;
  readonly ring: MasterKeyRing;
  readonly metadata: Metadata;
}

/** Takes a data directory that no server has, to be given back by `open`; undefined: a server has it. */
export async function openIdleDirectory(
  config: Place,
  open: AsyncDisposableStack,
): Promise<IdleDirectory | undefined> {
  const directory = takeDirectory(config.dataDir);
  if (directory === undefined) return undefined;
  open.defer(() => directory.release());
  const ring = await openMasterKeys(config.masterKeyFile);
  const metadata = await openMetadata({
    path: directory.entry('metadata.db'),
    onError: (error) => {
      throw error;
    },
  });
  open.defer(() => metadata.close());
  return { directory, ring, metadata };
}

/** undefined: a server has it. */
function takeDirectory(dataDir: string): ReturnType<typeof openDataDirectory> | undefined {
  try {
    return openDataDirectory(dataDir);
  } catch (error) {
    if (isDomainError(error, 'Conflict')) return undefined;
    throw error;
  }
}

async function askServer(
  config: Place,
  acceptance: Acceptance,
  { timeoutMs, wait }: { readonly timeoutMs: number; readonly wait: (ms: number) => Promise<void> },
): Promise<void> {
  const directory = auditDirectory(config);
  const [key] = await auditKeys(config.masterKeyFile);
  if (key === undefined) throw new Error(`there is no master key ${config.masterKeyFile}`);
  await writeAcceptRequest(directory, acceptance, key);
  for (let waited = 0; await hasAcceptRequest(directory); waited += 200) {
    if (waited > timeoutMs)
      throw new Error('the server that holds the data directory has not taken it in time; look into its log');
    await wait(200);
  }
}

function logAuditEvent(log: Logger, event: AuditLogEvent): void {
  switch (event.kind) {
    case 'failing':
      log.error({ err: event.error }, 'the audit trail cannot be written');
      return;
    case 'writing-again':
      log.warn({ lostRecords: event.lostRecords }, 'the audit trail is written again');
      return;
    case 'no-mark':
      log.error({ err: event.error }, 'the mark of the audit trail cannot be put into the database');
      return;
    case 'noted':
      if (isFinding(event.note)) log.error(event.note, 'audit trail');
      else log.warn(event.note, 'audit trail');
      return;
    case 'unaccepted':
      log.error(
        { record: event.sequence },
        'something is wrong with the audit trail, and nobody has accepted it: see sealport audit verify, then sealport audit accept',
      );
      return;
    default:
      unreachable(event);
  }
}
