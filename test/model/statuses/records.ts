// What is done to the records, and read from them, while no server runs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type Part = 'manifest' | 'envelope';

function open(dataDir: string): DatabaseSync {
  return new DatabaseSync(join(dataDir, 'metadata.db'));
}

/** Changes one byte in the middle of a signature's manifest or of its envelope, as a disk does. */
export function damage(dataDir: string, signatureDigest: string, part: Part): void {
  using records = open(dataDir);
  const found = records.prepare('select bytes from manifests where digest = ?').get(signatureDigest);
  const manifest = found?.['bytes'];
  assert.ok(manifest instanceof Uint8Array, 'the signature has a manifest');
  if (part === 'manifest') {
    const { changes } = records
      .prepare('update manifests set bytes = ? where digest = ?')
      .run(changed(manifest), signatureDigest);
    assert.equal(Number(changes), 1);
    return;
  }
  const { layers } = JSON.parse(Buffer.from(manifest).toString('utf8')) as { layers: { digest: string }[] };
  const digest = layers[0]?.digest ?? assert.fail('a signature has a layer');
  const blob = records.prepare('select inline_bytes from blobs where digest = ?').get(digest);
  const envelope = blob?.['inline_bytes'];
  assert.ok(envelope instanceof Uint8Array, 'the envelope lies in the records');
  const { changes } = records
    .prepare('update blobs set inline_bytes = ? where digest = ?')
    .run(changed(envelope), digest);
  assert.equal(Number(changes), 1);
}

function changed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** Digests of managed signatures whose image is not there. */
export function orphans(dataDir: string): readonly string[] {
  using records = open(dataDir);
  const rows = records
    .prepare(
      `select signature.digest from images as signature
       where signature.signing_job_id is not null and not exists (
         select 1 from images as image
         where image.repository_id = signature.repository_id and image.digest = signature.subject_digest)`,
    )
    .all();
  return rows.map(({ digest }) => String(digest));
}
