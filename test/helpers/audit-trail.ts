// The audit trail of a test's data directory, read as its users read it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type AuditFilter, exportAudit, verifyAudit } from '../../src/compose-audit.ts';
import type { AuditEvent } from '../../src/domain/audit/index.ts';

/** The events that pass, in their order. Throws when the trail does not verify. */
export async function auditedEvents(
  dataDir: string,
  filter: AuditFilter = {},
): Promise<readonly AuditEvent[]> {
  const { problem } = await verifyAudit({ dataDir, masterKeyFile: join(dataDir, 'master.key') }, () => {});
  assert.equal(problem, undefined, problem?.what);
  const events: AuditEvent[] = [];
  for await (const line of exportAudit({ dataDir }, filter, false))
    events.push(JSON.parse(line) as AuditEvent);
  return events;
}

/** As above, once there is an event that passes: what nobody waited for is written within a second. */
export async function awaitedEvents(dataDir: string, filter: AuditFilter): Promise<readonly AuditEvent[]> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const events = await auditedEvents(dataDir, filter);
    if (events.length > 0 || Date.now() > deadline) return events;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
