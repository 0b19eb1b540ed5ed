// What `sealport doctor` says of the clock beside the times in the records: a clock that is behind them keeps signing
// waiting, and one that was ahead has left signatures that are dated later than now.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Finding } from './doctor.ts';

/** As signing itself has it. */
const TOLERANCE_MS = 60_000;
/** As `sealport verify` has it. */
const SKEW_MS = 5 * 60_000;

const text = (time: unknown): string => new Date(Number(time)).toISOString();

export function signingClockChecks(dataDir: string): readonly Finding[] {
  const path = join(dataDir, 'metadata.db');
  if (!existsSync(path)) return [];
  let connection: DatabaseSync | undefined;
  const finding = (outcome: Finding['outcome'], detail: string): Finding => ({
    check: 'signing clock',
    outcome,
    detail,
  });
  try {
    connection = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const now = Date.now();
    const mark = connection.prepare('select max(at) as at from clock_marks').get()?.['at'];
    if (typeof mark === 'number' && mark > now + TOLERANCE_MS)
      return [
        finding(
          'failed',
          `the clock is ${Math.round((mark - now) / 1000)} s behind the newest record (${text(mark)}): signing and revocations wait. Set the clock, or, when it is right, sealport clock accept`,
        ),
      ];
    const ahead = connection
      .prepare('select count(*) as count, max(signed_at) as latest from signing_jobs where signed_at > ?')
      .get(now + SKEW_MS);
    const count = Number(ahead?.['count'] ?? 0);
    if (count > 0)
      return [
        finding(
          'warning',
          `${count} signatures are dated later than now, up to ${text(ahead?.['latest'])}: sealport verify refuses each until then. Revoke them (aws signer revoke-signature), then sealport sign --again`,
        ),
      ];
    return [finding('ok', 'not behind the records')];
  } catch (error) {
    return [finding('skipped', `${path}: ${(error as Error).message}`)];
  } finally {
    connection?.close();
  }
}
