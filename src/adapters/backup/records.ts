// A copy of the database as of one moment, made beside a running server: SQLite reads a snapshot and writes it to a new
// file, whole and compact. Uploads in progress are left out: their bytes are not part of a backup.
import { DatabaseSync } from 'node:sqlite';
import type { BlobToCopy, Snapshot } from '../../domain/registry/backup-ports.ts';
import type { DamageReport } from '../../domain/registry/garbage-ports.ts';
import { type Digest, digestAlgorithm, digestOf } from '../../shared/digest.ts';
import { makePrivateFile } from '../files/private-file.ts';

/** `to` must not exist. */
export function copyRecords(from: string, to: string): void {
  // SQLite fills an empty file as it would make one.
  makePrivateFile(to);
  const source = new DatabaseSync(from, { readOnly: true, timeout: 30_000 });
  try {
    source.prepare('VACUUM INTO ?').run(to);
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    copy.exec('DELETE FROM uploads');
    const [row] = copy.prepare('PRAGMA integrity_check(1)').all();
    const result = String(row?.['integrity_check'] ?? 'no answer');
    if (result !== 'ok') throw new Error(`the records are damaged: ${result}`);
  } finally {
    copy.close();
  }
}

export function openRecords(path: string): Snapshot {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare(
    'SELECT digest, size_bytes FROM blobs WHERE inline_bytes IS NULL ORDER BY digest',
  );
  const inline = database.prepare(
    'SELECT digest, size_bytes AS size, inline_bytes AS bytes FROM blobs WHERE inline_bytes IS NOT NULL',
  );
  const manifests = database.prepare(
    `SELECT images.digest, images.manifest_size_bytes AS size, manifests.bytes, repositories.name
     FROM images JOIN repositories ON repositories.id = images.repository_id AND repositories.removed_at IS NULL
     LEFT JOIN manifests ON manifests.repository_id = images.repository_id AND manifests.digest = images.digest`,
  );
  return {
    *blobs(): Iterable<BlobToCopy> {
      for (const { digest, size_bytes } of rows.iterate())
        yield { digest: String(digest) as Digest, sizeBytes: Number(size_bytes) };
    },
    *damagedRecords(): Iterable<DamageReport> {
      for (const { digest, size, bytes } of inline.iterate()) {
        const fault = wrongWith(String(digest) as Digest, Number(size), bytes);
        if (fault !== undefined) yield { digest: String(digest) as Digest, fault };
      }
      for (const { digest, size, bytes, name } of manifests.iterate()) {
        const fault = wrongWith(String(digest) as Digest, Number(size), bytes);
        if (fault !== undefined)
          yield { digest: String(digest) as Digest, fault, repositoryName: String(name) };
      }
    },
    close: () => database.close(),
  };
}

function wrongWith(digest: Digest, sizeBytes: number, bytes: unknown): DamageReport['fault'] | undefined {
  if (!(bytes instanceof Uint8Array)) return 'missing';
  if (bytes.length !== sizeBytes) return 'wrong size';
  return digestOf(bytes, digestAlgorithm(digest)) === digest ? undefined : 'wrong content';
}
