// A tar archive (POSIX ustar) of a few files, directories and links: what a layer of an image is made of.
// Always the same bytes for the same tree.

export type TarEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly type: 'file'; readonly path: string; readonly content: Uint8Array; readonly mode?: number }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string };

const BLOCK = 512;

/** The archive's bytes. `mtime` is in epoch seconds. Throws RangeError for a path longer than 100 bytes. */
export function tar(entries: readonly TarEntry[], mtime: number): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    parts.push(header(entry, mtime));
    if (entry.type === 'file') {
      parts.push(Buffer.from(entry.content));
      parts.push(Buffer.alloc((BLOCK - (entry.content.length % BLOCK)) % BLOCK));
    }
  }
  // Two empty blocks end an archive.
  parts.push(Buffer.alloc(2 * BLOCK));
  return Buffer.concat(parts);
}

function header(entry: TarEntry, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const name = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  if (Buffer.byteLength(name) > 100) throw new RangeError(`path too long for this archive: ${name}`);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(modeOf(entry), 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(entry.type === 'file' ? entry.content.length : 0, 12), 124);
  block.write(octal(mtime, 12), 136);
  // The checksum is taken with blanks in its own place.
  block.write('        ', 148);
  block.write(typeFlag(entry), 156);
  if (entry.type === 'symlink') block.write(entry.target, 157);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write('root', 265);
  block.write('root', 297);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function modeOf(entry: TarEntry): number {
  switch (entry.type) {
    case 'directory':
      return entry.mode ?? 0o755;
    case 'file':
      return entry.mode ?? 0o644;
    case 'symlink':
      return 0o777;
  }
}

function typeFlag(entry: TarEntry): string {
  switch (entry.type) {
    case 'file':
      return '0';
    case 'symlink':
      return '2';
    case 'directory':
      return '5';
  }
}
