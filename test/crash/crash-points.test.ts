// The process dies, as under `kill -9`, at each named point of the signing cycle (docs/signing-cycle.md). After a
// restart nothing that was acknowledged is missing, and the image is signed exactly once.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { CrashPoint } from '../../src/domain/signing/index.ts';
import { image } from '../helpers/images.ts';
import { startMortalServer } from '../helpers/mortal-process.ts';
import { readableSignatures, settledStatuses, setUpSigning } from '../helpers/signing-set-up.ts';

/** Each point, and whether the image is durable when the process dies there. */
const points: readonly [CrashPoint, { readonly durable: boolean }][] = [
  ['plan:before-commit', { durable: false }],
  ['plan:committed', { durable: true }],
  ['run:started', { durable: true }],
  ['run:signed', { durable: true }],
  ['run:before-commit', { durable: true }],
  ['run:committed', { durable: true }],
];

async function temporaryDirectory(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sealport-crash-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

for (const [point, { durable }] of points) {
  test(`a process that dies at ${point} signs once after its restart`, async (t) => {
    const dataDir = await temporaryDirectory(t);
    const repositoryName = 'crash/app';
    const pushed = image();
    const { digest } = pushed.manifest;

    const mortal = await startMortalServer(dataDir, point);
    const profileArn = await setUpSigning(mortal.client, repositoryName);
    let acknowledged = true;
    await mortal.client.pushImage(repositoryName, 'v1', pushed).catch(() => {
      acknowledged = false;
    });
    assert.equal(await mortal.ended, 'SIGKILL', 'the process must have come to the point');

    const survivor = await startMortalServer(dataDir);
    t.after(() => survivor.kill('SIGTERM'));
    const found = await survivor.client.ecr('DescribeImages', {
      repositoryName,
      imageIds: [{ imageTag: 'v1' }],
    });
    assert.equal(found.status === 200, durable, JSON.stringify(found.body));
    assert.ok(durable || !acknowledged, 'what is not durable must not have been acknowledged');
    // A client that got no answer pushes again.
    if (!acknowledged) await survivor.client.pushImage(repositoryName, 'v1', pushed);

    const statuses = await settledStatuses(survivor.client, repositoryName, digest);
    assert.deepEqual(statuses, [{ signingProfileArn: profileArn, status: 'COMPLETE' }]);
    const signatures = await readableSignatures(survivor.client, survivor.url, repositoryName, digest);
    assert.equal(signatures.length, 1);
  });
}
