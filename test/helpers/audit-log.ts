// Audit logs on a real file system, with a key of the test's own, for tests of what becomes of them.
import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { AuditLog, type AuditLogOptions } from '../../src/adapters/audit/log.ts';
import type { AuditKey } from '../../src/adapters/audit/seal.ts';
import type { MarkStore } from '../../src/adapters/audit/second-place.ts';
import { type AuditVerification, verifyAuditLog } from '../../src/adapters/audit/verify.ts';
import { connectionOf } from '../../src/adapters/metadata/connection.ts';
import { openMetadata } from '../../src/adapters/metadata/open.ts';

export const key: AuditKey = { id: '0123456789abcdef', key: randomBytes(32) };
export const quiet = { keys: () => [key], now: () => Date.now(), onEvent: () => {} };

export function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sealport-audit-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens the log, appends so many events that are waited for, and closes it. */
export async function append(
  directory: string,
  count: number,
  options: Partial<AuditLogOptions> = {},
): Promise<void> {
  const log = await AuditLog.open({ ...quiet, directory, ...options });
  for (let n = 0; n < count; n += 1) await log.append(`"event":{"n":${n}}`, true);
  await log.close();
}

/** A new log with so many events. */
export async function written(
  t: TestContext,
  count: number,
  options: Partial<AuditLogOptions> = {},
): Promise<string> {
  const directory = temporary(t);
  await append(directory, count, options);
  return directory;
}

export const segment = (directory: string, number = 1): string =>
  join(directory, `${String(number).padStart(6, '0')}.jsonl`);

export const segmentsIn = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted();

export const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

export function storeLines(path: string, lines: readonly string[]): void {
  writeFileSync(path, `${lines.join('\n')}\n`);
}

/** The lines chained again by who has no key: sequences and hashes fit to each other, MACs stay what they were. */
export function chainedAgain(lines: readonly string[]): string[] {
  let previous = '0'.repeat(64);
  return lines.map((line, index) => {
    const again = line.replace(
      /^\{"sequence":\d+,"previous":"[0-9a-f]{64}"/,
      `{"sequence":${index + 1},"previous":"${previous}"`,
    );
    previous = hash('sha256', again, 'hex');
    return again;
  });
}

export function check(directory: string, marks?: MarkStore): Promise<AuditVerification> {
  return verifyAuditLog({ directory, keys: [key], marks });
}

/** The first problem; fails when there is none. */
export async function problemOf(directory: string, marks?: MarkStore): Promise<string> {
  const { problem } = await check(directory, marks);
  assert.ok(problem !== undefined, 'the verification found nothing');
  return `${problem.sequence}: ${problem.what}`;
}

/** Where a real database keeps marks, and what is in it. */
export interface TestMarks extends MarkStore {
  /** Writes what somebody else would; undefined removes the row. */
  replace(document: string | undefined): Promise<void>;
}

export async function openMarks(t: TestContext): Promise<TestMarks> {
  const metadata = await openMetadata({
    path: join(temporary(t), 'metadata.db'),
    onError: (error) => assert.fail(String(error)),
  });
  t.after(() => metadata.close());
  const { storage, auditMarks } = metadata;
  const put = (document: string) => storage.write((tx) => auditMarks.put(tx, document));
  return {
    find: () => auditMarks.find(storage.reader),
    put,
    async replace(document) {
      if (document === undefined)
        await storage.write((tx) => connectionOf(tx).run('delete from audit_marks', []));
      else await put(document);
    },
  };
}
