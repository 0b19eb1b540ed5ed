/** Holds the import table of ARCHITECTURE.md against the tree, and shows that the check can fail. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, test } from 'node:test';
import { brokenRules, importsOf } from './helpers/import-rules.ts';

const src = join(import.meta.dirname, '..', 'src');

function sourceFiles(): readonly string[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

test('the tree keeps the import table', () => {
  const files = sourceFiles().map((path) => ({
    path: path.slice(src.length + 1).replaceAll(sep, '/'),
    text: readFileSync(path, 'utf8'),
  }));
  assert.ok(files.length > 0, 'no source files found');
  assert.deepEqual(brokenRules(files), []);
});

test('file names are kebab-case', () => {
  const odd = sourceFiles().filter((path) => !/[\\/][a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(path));
  assert.deepEqual(odd, []);
});

describe('the check', () => {
  const breaks = (path: string, text: string, expected: RegExp): void => {
    const broken = brokenRules([{ path, text }]);
    assert.equal(broken.length, 1, `${path}: ${text} gave ${JSON.stringify(broken)}`);
    assert.match(broken[0] ?? '', expected);
  };
  const keeps = (path: string, text: string): void => assert.deepEqual(brokenRules([{ path, text }]), []);

  test('finds every form of import, and none in comments', () => {
    const text = [
      "import a from './a.ts';",
      "import type { B } from './b.ts';",
      "import {\n  c,\n  type D,\n} from './c.ts';",
      "import './e.ts';",
      "export * from './f.ts';",
      "export type { G } from './g.ts';",
      "const h = await import('./h.ts');",
      "// import x from './x.ts';",
      "/* import y from './y.ts'; */",
    ].join('\n');
    assert.deepEqual(
      importsOf(text).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`),
      ['./a.ts', './b.ts type', './c.ts', './e.ts', './f.ts', './g.ts type', './h.ts'],
    );
  });

  test('keeps shared free of everything else', () => {
    breaks('shared/digest.ts', "import { x } from '../domain/errors.ts';", /shared may import Node only/);
    breaks('shared/digest.ts', "import { z } from 'zod';", /package zod/);
    keeps('shared/digest.ts', "import { createHash } from 'node:crypto';");
  });

  test('keeps I/O, clocks and foreign areas out of the domain', () => {
    breaks('domain/registry/tags.ts', "import { readFile } from 'node:fs/promises';", /does I\/O/);
    breaks(
      'domain/registry/tags.ts',
      "import { plan } from '../signing/index.ts';",
      /domain\/signing\/index/,
    );
    breaks('domain/signing/status.ts', "import { put } from '../registry/put-image.ts';", /put-image/);
    breaks('domain/signing/status.ts', "import { sql } from 'kysely';", /package kysely/);
    breaks('domain/pki/crl.ts', 'const now = Date.now();', /clock/);
    keeps('domain/signing/status.ts', "import { Registry } from '../registry/index.ts';");
    keeps('domain/signing/notary/cose.ts', "import { encode } from 'cborg';");
  });

  test('keeps adapters apart from each other and from use cases', () => {
    breaks('adapters/blobs/fs.ts', "import { open } from '../metadata/open.ts';", /no other adapter/);
    breaks(
      'adapters/metadata/tags.ts',
      "import { plan } from '../../domain/signing/index.ts';",
      /ports and types/,
    );
    breaks('adapters/blobs/fs.ts', "import { sql } from 'kysely';", /package kysely/);
    keeps('adapters/metadata/tags.ts', "import type { Tags } from '../../domain/registry/ports.ts';");
    keeps('adapters/metadata/tags.ts', "import { sql } from 'kysely';");
  });

  test('keeps surfaces apart', () => {
    breaks('http/oci/blobs.ts', "import { dispatch } from '../ecr/index.ts';", /no other surface/);
    breaks(
      'http/ecr/operations/put-image.ts',
      "import { s } from '../../../adapters/blobs/fs.ts';",
      /no adapter/,
    );
    breaks('http/server.ts', "import { oci } from './oci/index.ts';", /no surface/);
    keeps('http/ecr/operations/put-image.ts', "import { operation } from '../operation.ts';");
    keeps('http/ecr/index.ts', "import { dispatch } from '../aws/dispatch.ts';");
  });

  test('lets only main.ts and cli reach compose.ts', () => {
    breaks('jobs/sign-image.ts', "import { compose } from '../compose.ts';", /jobs may import/);
    keeps('cli/serve.ts', "import { compose } from '../compose.ts';");
    keeps('compose.ts', "import { makeServer } from './http/server.ts';");
  });

  test('knows the second root', () => {
    keeps('signing-worker.ts', "import { openKey } from './adapters/keys/local.ts';");
    breaks('signing-worker.ts', "import { open } from './adapters/metadata/open.ts';", /adapters\/keys/);
  });

  test('refuses the environment outside config, tests in the product, and unknown folders', () => {
    breaks('http/server.ts', 'const port = process.env.PORT;', /only config may/);
    keeps('config/load.ts', 'const port = process.env.PORT;');
    breaks('http/server.ts', "import { x } from './server.test.ts';", /a test/);
    breaks('utils/strings.ts', '', /no folder that the table knows/);
  });
});
