// The critical modules: where an unnoticed fault would cost images, keys, or the trust in either.
export const modules: Readonly<Record<string, readonly string[]>> = {
  signing: ['src/domain/signing/'],
  notary: ['src/domain/signing/notary/'],
  access: ['src/domain/access/'],
  auth: ['src/http/auth/'],
  registry: ['src/domain/registry/'],
  'group commit': ['src/adapters/metadata/group-commit.ts', 'src/adapters/metadata/log-sync'],
  blobs: ['src/adapters/blobs/'],
  pki: ['src/domain/pki/', 'src/adapters/keys/'],
  audit: ['src/domain/audit/', 'src/adapters/audit/'],
};

/** The module of a source file, by the longest path that fits; undefined for others. */
export function moduleOf(file: string): string | undefined {
  let best: { name: string; length: number } | undefined;
  for (const [name, paths] of Object.entries(modules)) {
    for (const path of paths) {
      if (file.startsWith(path) && path.length > (best?.length ?? 0)) best = { name, length: path.length };
    }
  }
  return best?.name;
}
