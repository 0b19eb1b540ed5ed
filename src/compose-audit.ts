// The wiring of the audit trail: for the server, which writes it, and for the commands that read it, beside a running
// server or without one.
import { join } from 'node:path';
import type { Logger } from 'pino';
import { type AuditFilter, exportAuditLog } from './adapters/audit/export.ts';
import { type HeadKey, readHead } from './adapters/audit/head.ts';
import { AuditLog, type AuditLogEvent } from './adapters/audit/log.ts';
import { missingAt } from './adapters/audit/recover.ts';
import { makeAuditTrail } from './adapters/audit/trail.ts';
import { type AuditVerification, verifyAuditLog } from './adapters/audit/verify.ts';
import { type MasterKey, readMasterKey } from './adapters/keys/master-key.ts';
import { readFormerKeys } from './adapters/keys/master-key-files.ts';
import type { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import type { Config } from './config/index.ts';
import { type AuditTrail, NO_AUDIT } from './domain/audit/index.ts';
import { unreachable } from './shared/assert.ts';
import type { Clock } from './shared/clock.ts';

export type { AuditFilter, AuditVerification };

/** What the head of the audit trail is made with. */
function auditHeadKey(masterKey: MasterKey): HeadKey {
  return { id: masterKey.id, key: masterKey.deriveKey('sealport/audit-head/v1') };
}

export function auditDirectory(config: Pick<Config, 'dataDir'>): string {
  return join(config.dataDir, 'audit');
}

/**
 * Checks every record of the audit trail. `onProgress` is told of the end of each file. Without a master key (it is
 * kept elsewhere) the chain is checked and the head is not: that the end was not cut off is not shown then.
 */
export async function verifyAudit(
  config: Pick<Config, 'dataDir' | 'masterKeyFile'>,
  onProgress: (segment: number, records: number) => void,
): Promise<AuditVerification & { readonly headChecked: boolean }> {
  const keys = await headKeys(config.masterKeyFile);
  const verification = await verifyAuditLog({
    directory: auditDirectory(config),
    keys: keys.length === 0 ? undefined : keys,
    onProgress,
  });
  return { ...verification, headChecked: keys.length > 0 };
}

/** A quick look: whether the log goes as far as its head says. undefined: there is no trail. Reads a few kilobytes. */
export async function checkAuditHead(
  config: Pick<Config, 'dataDir' | 'masterKeyFile'>,
): Promise<{ readonly sequence: number; readonly problem?: string } | undefined> {
  const directory = auditDirectory(config);
  const keys = await headKeys(config.masterKeyFile);
  const found = await readHead(directory, keys);
  switch (found.kind) {
    case 'absent':
      return undefined;
    case 'bad':
      return { sequence: 0, problem: 'the head was not made under this master key, or was changed' };
    case 'good': {
      const { sequence } = found.head;
      const problem = await missingAt(directory, found.head);
      return { sequence, ...(problem === undefined ? {} : { problem }) };
    }
    default:
      return unreachable(found);
  }
}

async function headKeys(masterKeyFile: string): Promise<readonly HeadKey[]> {
  const current = await readMasterKey(masterKeyFile);
  const former = await readFormerKeys(masterKeyFile);
  return [...(current === undefined ? [] : [current]), ...former.map(({ key }) => key)].map(auditHeadKey);
}

/** The events that pass, as lines of JSON without their ends. */
export function exportAudit(
  config: Pick<Config, 'dataDir'>,
  filter: AuditFilter,
  chain: boolean,
): AsyncGenerator<string> {
  return exportAuditLog(auditDirectory(config), filter, chain);
}

/** The audit trail as it is configured; opening it heals and notes what a crash left. */
export async function openAudit(
  config: Config,
  directory: string,
  ring: MasterKeyRing,
  {
    log,
    clock,
    segmentBytes,
  }: { readonly log: Logger; readonly clock: Clock; readonly segmentBytes: number | undefined },
): Promise<{
  readonly trail: AuditTrail;
  check(): Promise<void>;
  renewHead(): Promise<void>;
  close(): Promise<void>;
}> {
  if (config.audit === 'off')
    return { trail: NO_AUDIT, check: async () => {}, renewHead: async () => {}, close: async () => {} };
  const now = () => clock.now();
  const auditLog = await AuditLog.open({
    directory,
    keys: () => ring.all.map(auditHeadKey),
    now,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    sync: config.auditSync,
    maxBytes: config.auditKeep === 'all' ? undefined : config.auditKeep,
    onEvent: (event) => logAuditEvent(log, event),
  });
  const reads = config.audit === 'all';
  return {
    trail: makeAuditTrail({ log: auditLog, reads, onFailure: config.auditOnFailure, now }),
    async check() {
      if (config.auditOnFailure === 'refuse' && auditLog.fault !== undefined) throw auditLog.fault;
    },
    renewHead: () => auditLog.renewHead(),
    close: () => auditLog.close(),
  };
}

function logAuditEvent(log: Logger, event: AuditLogEvent): void {
  switch (event.kind) {
    case 'failing':
      log.error({ err: event.error }, 'the audit trail cannot be written');
      return;
    case 'writing-again':
      log.warn({ lostRecords: event.lostRecords }, 'the audit trail is written again');
      return;
    case 'noted':
      log.warn(event.note, 'audit trail');
      return;
    default:
      unreachable(event);
  }
}
