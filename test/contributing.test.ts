// CONTRIBUTING.md gives a reason for every dependency, and for none that is gone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const section = read('CONTRIBUTING.md').split(/^## Dependencies$/m)[1] ?? '';

test('every dependency is named with a reason', () => {
  const missing = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    (name) => !section.includes(`\`${name}\``),
  );
  assert.deepEqual(missing, []);
});

test('no reason is given for a dependency that is gone', () => {
  const rows = [...section.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) +\|/gm)].flatMap((row) =>
    [...(row[1] ?? '').matchAll(/`([^`]+)`/g)].map((name) => name[1] ?? ''),
  );
  const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const gone = rows.filter((name) => !name.includes('*') && !(name in wanted));
  assert.ok(rows.length > 5);
  assert.deepEqual(gone, []);
});

test('versions are exact', () => {
  for (const [name, version] of Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  }))
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
});
