/**
 * The conformance suite of the OCI Distribution specification, for the released version and for what comes next, with
 * everything on that it knows. What the suite did is read from the files that this very run wrote: it also ends with
 * 0 when it could not read its settings.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { clientPath } from './harness/clients.ts';
import { run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';

/** Switches that are off in some version of the suite; the others are on by themselves. */
const switches = {
  OCI_API_BLOBS_DIGEST_HEADER: 'true',
  OCI_API_BLOBS_MOUNT_ANONYMOUS: 'true',
  OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
  OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  OCI_API_MANIFESTS_TAG_PARAM: 'true',
  OCI_API_REFERRER: 'true',
};

/** Manifests whose layers or children were never pushed: ECR refuses them and so do we (docs/clients.md). */
const sparse = 'Sparse Manifests';

interface Settings {
  readonly registry: string;
  readonly version: string;
  readonly apis: object;
  readonly data: object;
}

interface Results {
  readonly config: Settings;
  readonly apis: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
}

interface Outcome extends Results {
  readonly code: number;
  readonly output: string;
  /** Checks by how they ended. */
  readonly counts: Readonly<Record<'passed' | 'failed' | 'errors' | 'skipped' | 'disabled', number>>;
  /** The checks that failed, by name. */
  readonly failures: readonly string[];
}

/** Names of the switches that are off, with the path to each. */
function off(settings: object, path = ''): readonly string[] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? off(value, `${path}${name}.`)
      : value === true
        ? []
        : [path + name],
  );
}

function countsOf(junit: string): Outcome['counts'] {
  const head = /<testsuites[^>]*>/.exec(junit)?.[0] ?? '';
  // A count of zero is left out.
  const count = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const [failed, errors] = [count('failures'), count('errors')];
  const [skipped, disabled] = [count('skipped'), count('disabled')];
  return { passed: count('tests') - failed - errors - skipped - disabled, failed, errors, skipped, disabled };
}

async function conform(registry: SigningRegistry, version: string, more: object = {}): Promise<Outcome> {
  const results = join(registry.dir, `results-${version}-${Object.keys(more).length}`);
  assert.equal(existsSync(results), false);
  const ran = await run(clientPath('oci-conformance'), [], {
    cwd: registry.dir,
    env: {
      HOME: registry.dir,
      OCI_REGISTRY: registry.host,
      OCI_TLS: 'disabled',
      OCI_REPO1: 'conformance/one',
      OCI_REPO2: 'signed/two',
      OCI_USERNAME: 'AWS',
      OCI_PASSWORD: await registry.password(),
      OCI_VERSION: version,
      OCI_RESULTS_DIR: results,
      OCI_LOG: 'warn',
      ...switches,
      ...more,
    },
  });
  const output = `${ran.stdout}\n${ran.stderr}`;
  assert.ok(existsSync(join(results, 'results.yaml')), output);
  const junit = readFileSync(join(results, 'junit.xml'), 'utf8');
  return {
    ...(parse(readFileSync(join(results, 'results.yaml'), 'utf8')) as Results),
    code: ran.code,
    output,
    counts: countsOf(junit),
    failures: [...junit.matchAll(/<testcase name="([^"]*)"[^>]*status="(?:failure|error)"/g)].map(
      ([, name = '']) => name,
    ),
  };
}

async function conformanceRegistry(flags: readonly string[]): Promise<SigningRegistry> {
  const registry = await signingRegistry({ flags });
  await registry.createRepository('conformance/one');
  // One of the two is signed while the suite runs, which must not disturb it.
  await registry.createRepository('signed/two');
  return registry;
}

describe('OCI distribution conformance', () => {
  let registry: SigningRegistry;

  before(async () => {
    registry = await conformanceRegistry([]);
  });
  after(() => registry.close());

  for (const [version, threads] of [
    ['1.1', 0],
    ['dev', 0],
    ['dev', 2],
  ] as const) {
    const name = threads === 0 ? version : `${version} with read threads`;
    test(`passes every check of version ${name}, and none is left out`, async (t) => {
      if (threads > 0) {
        await registry.close();
        registry = await conformanceRegistry(['--read-threads', String(threads)]);
      }
      const { code, output, config, counts, apis, data } = await conform(registry, version);
      assert.equal(code, 0, output);
      // The answers are about this run: this registry, this version, and no switch off that we do not know of.
      assert.equal(config.registry, registry.host);
      assert.equal(config.version, version);
      assert.deepEqual([...off(config.apis), ...off(config.data)], ['sparse']);
      const { passed, ...others } = counts;
      t.diagnostic(
        `OCI conformance ${name}: ${passed} passed, ${Object.entries(others)
          .map(([name, count]) => `${count} ${name}`)
          .join(', ')}`,
      );
      assert.deepEqual(others, { failed: 0, errors: 0, skipped: 0, disabled: 0 }, output);
      assert.ok(passed >= 980, `only ${passed} checks were made`);
      const without = (status: string, of: Readonly<Record<string, string>>) =>
        Object.keys(of).filter((name) => of[name] !== status);
      assert.deepEqual(without('Pass', apis), []);
      assert.deepEqual(without('Pass', data), [sparse]);
    });
  }

  test('refuses manifests with missing parts, as ECR does, and no other check depends on them', async (t) => {
    const { output, failures, data } = await conform(registry, 'dev', { OCI_DATA_SPARSE: 'true' });
    const elsewhere = failures.filter((name) => !name.startsWith('OCI Conformance Test/sparse/'));
    assert.deepEqual(elsewhere, []);
    assert.equal(data[sparse], 'FAIL');
    t.diagnostic(`OCI conformance dev, sparse manifests on: ${failures.length} failed, all of them sparse`);
    assert.match(output, /received 400/);
  });
});
