// A data directory as one file: a tar archive under gzip, which this reads and writes without other tools. Modes are
// kept, since keys and credentials must stay readable for their owner only.
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type TarEntry, tar } from '../../../src/cli/demo/tar.ts';

const BLOCK = 512;

function entriesBelow(directory: string, path: string): readonly TarEntry[] {
  return readdirSync(join(directory, path), { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((found): readonly TarEntry[] => {
      const inner = path === '' ? found.name : `${path}/${found.name}`;
      const mode = statSync(join(directory, inner)).mode & 0o777;
      if (found.isDirectory())
        return [{ type: 'directory', path: inner, mode }, ...entriesBelow(directory, inner)];
      return [{ type: 'file', path: inner, mode, content: readFileSync(join(directory, inner)) }];
    });
}

/** The archive of all files below a directory; paths may have 100 bytes. */
export function packDirectory(directory: string): Buffer {
  return gzipSync(tar(entriesBelow(directory, ''), 0), { level: 9 });
}

const textAt = (header: Buffer, start: number, length: number): string =>
  header
    .subarray(start, start + length)
    .toString('latin1')
    .replace(/\0.*$/s, '');

/** Writes the files of an archive made by `packDirectory` below `directory`, which is made. */
export function unpackDirectory(archive: Uint8Array, directory: string): void {
  const bytes = gunzipSync(archive);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (let at = 0; bytes[at] !== 0 && at < bytes.length; ) {
    const header = bytes.subarray(at, at + BLOCK);
    const path = join(directory, textAt(header, 0, 100));
    if (!path.startsWith(directory)) throw new Error(`the archive has a file outside of it: ${path}`);
    const mode = Number.parseInt(textAt(header, 100, 8), 8);
    const size = Number.parseInt(textAt(header, 124, 12), 8);
    at += BLOCK;
    if (textAt(header, 156, 1) === '5') {
      mkdirSync(path, { recursive: true });
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes.subarray(at, at + size));
      at += Math.ceil(size / BLOCK) * BLOCK;
    }
    chmodSync(path, mode);
  }
}
