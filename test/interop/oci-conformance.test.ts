/**
 * The conformance suite of the OCI Distribution specification, both for the released version and for what comes next.
 *
 * The suite has no release of its own: build it from a checkout of opencontainers/distribution-spec with
 * `cd conformance && go build -o "${XDG_CACHE_HOME:-$HOME/.cache}/sealport-clients/bin/oci-conformance" .`
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { clientPath } from './harness/clients.ts';
import { run } from './harness/process.ts';
import { type SigningRegistry, signingRegistry } from './harness/registry.ts';

describe('OCI distribution conformance', () => {
  const program = clientPath('oci-conformance');
  let registry: SigningRegistry;

  before(async () => {
    registry = await signingRegistry();
    await registry.createRepository('conformance/one');
    // One of the two is signed while the suite runs, which must not disturb it.
    await registry.createRepository('signed/two');
  });
  after(() => registry.close());

  for (const version of ['1.1', 'dev']) {
    test(`passes every check of version ${version}`, async () => {
      const results = join(registry.dir, `results-${version}`);
      const ran = await run(program, [], {
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
        },
      });
      assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`);
      // A suite that did not understand its settings ends with 0 as well: count what it did.
      const report = readFileSync(join(results, 'junit.xml'), 'utf8');
      assert.equal(report.match(/<(?:failure|error)\b/g), null, ran.stdout);
      const cases = Number(/\btests="(\d+)"/.exec(report)?.[1]);
      assert.ok(cases >= 800, `only ${cases} checks were made`);
    });
  }
});
