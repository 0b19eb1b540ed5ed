// What is on the disk and in the records and should not be: looked at beside the server, when nothing goes on.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** A sentence for everything that is left over or lacking; `images` are the digests that must be there, by repository. */
export function leftovers(
  dataDir: string,
  images: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const database = new DatabaseSync(join(dataDir, 'metadata.db'), { readOnly: true });
  try {
    const rows = (sql: string): readonly Record<string, unknown>[] => database.prepare(sql).all();
    const found: string[] = [];
    const expected = [...images].flatMap(([name, digests]) =>
      [...digests].map((digest) => `${name}@${digest}`),
    );
    const stored = rows(
      'select name, digest from images join repositories on repositories.id = images.repository_id',
    ).map(({ name, digest }) => `${String(name)}@${String(digest)}`);
    found.push(...difference(expected, stored).map((image) => `image ${image} is lacking`));
    found.push(...difference(stored, expected).map((image) => `image ${image} is left over`));
    const unused = rows(
      `select repository_id, digest from repository_blobs as held where not exists
       (select 1 from image_references where repository_id = held.repository_id
        and child_digest = held.digest and kind in ('config', 'layer'))`,
    );
    found.push(...unused.map((link) => `link ${JSON.stringify(link)} is left over`));
    const unheld = rows(
      'select digest from blobs where not exists (select 1 from repository_blobs as h where h.digest = blobs.digest)',
    );
    found.push(...unheld.map(({ digest }) => `blob ${String(digest)} is left over`));
    for (const table of ['uploads', 'damaged_blobs'])
      for (const row of rows(`select * from ${table}`)) found.push(`${table}: ${JSON.stringify(row)}`);

    const blobs = rows('select digest, size_bytes from blobs where inline_bytes is null').map(
      ({ digest, size_bytes }) => `${String(digest)} ${String(size_bytes)}`,
    );
    const files = filesOf(dataDir);
    found.push(...difference(blobs, files).map((blob) => `file of blob ${blob} is lacking`));
    found.push(...difference(files, blobs).map((file) => `file ${file} is left over`));
    found.push(...readdirSync(join(dataDir, 'uploads')).map((name) => `file uploads/${name} is left over`));
    return found;
  } finally {
    database.close();
  }
}

function filesOf(dataDir: string): readonly string[] {
  return ['sha256', 'sha512'].flatMap((algorithm) => {
    const folder = join(dataDir, 'blobs', algorithm);
    return readdirSync(folder).flatMap((prefix) =>
      readdirSync(join(folder, prefix)).map(
        (name) => `${algorithm}:${name} ${statSync(join(folder, prefix, name)).size}`,
      ),
    );
  });
}

function difference(of: readonly string[], without: readonly string[]): readonly string[] {
  const taken = new Set(without);
  return of.filter((item) => !taken.has(item));
}
