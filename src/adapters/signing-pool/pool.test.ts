import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import {
  makeSigningRequest,
  makeTestAuthority,
  type TestAuthority,
  testNow,
} from '../../../test/helpers/signing-authority.ts';
import { SignatureMakerError, verifySignature } from '../../domain/signing/notary/index.ts';
import { SigningPool, type SigningPoolEvent, type SigningPoolOptions } from './pool.ts';

let authority: TestAuthority;
before(async () => {
  authority = await makeTestAuthority();
});

function makePool(options: Partial<SigningPoolOptions> = {}): SigningPool {
  return new SigningPool({
    masterKeys: () => [authority.masterKey.copyForWorker()],
    maxWorkers: 2,
    ...options,
  });
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof SignatureMakerError && error.code === wanted;

describe('a signing pool', () => {
  let pool: SigningPool;
  before(() => {
    pool = makePool();
  });
  after(() => pool.close());

  test('makes signatures that verify, in any number at once', async () => {
    const requests = Array.from({ length: 24 }, (_, i) =>
      makeSigningRequest(authority, { jobId: `job-${i}`, envelope: i % 2 === 0 ? 'jws' : 'cose' }),
    );
    const made = await Promise.all(requests.map((request) => pool.sign(request)));
    assert.deepEqual(
      made.map(({ jobId }) => jobId),
      requests.map(({ jobId }) => jobId),
    );
    assert.equal(new Set(made.map(({ serialHex }) => serialHex)).size, 24);
    for (const { envelope, mediaType, target } of made) {
      const trustAnchors = [{ type: 'signingAuthority', certDer: authority.rootDer }] as const;
      const result = verifySignature({
        envelope,
        mediaType,
        trustAnchors,
        trustedIdentities: ['*'],
        artifact: target,
        now: testNow,
      });
      assert.equal(result.verified, true);
    }
    assert.equal(pool.pending, 0);
  });

  test('gives the reason of a refusal across the thread and goes on', async () => {
    const bytes = Buffer.from('{}');
    await assert.rejects(
      pool.sign(makeSigningRequest(authority, { subject: { kind: 'payload', bytes } })),
      code('INVALID_REQUEST'),
    );
    const other = await makeTestAuthority();
    await assert.rejects(pool.sign(makeSigningRequest(other)), code('KEY_UNAVAILABLE'));
    await pool.sign(makeSigningRequest(authority));
  });

  test('refuses a request that cannot be sent, and goes on', async () => {
    const request = { ...makeSigningRequest(authority), extra: () => {} };
    await assert.rejects(pool.sign(request), code('INTERNAL'));
    await pool.sign(makeSigningRequest(authority));
  });

  test('works at a lower priority than the thread that serves clients', {
    skip: process.platform !== 'linux',
  }, () => {
    // Field 19 of stat is the nice value; fields are counted after the name in parentheses (proc_pid_stat(5)).
    const nice = readdirSync('/proc/self/task').map((thread) =>
      Number(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]),
    );
    assert.ok(nice.filter((value) => value === 19).length >= 1);
    assert.ok(nice.includes(0));
  });
});

test('a full queue refuses, and what it accepted is finished', async () => {
  const pool = makePool({ maxWorkers: 1, maxQueue: 3 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => pool.sign(makeSigningRequest(authority))),
  );
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
  // Two are with the worker, three wait.
  assert.equal(refused.length, 5);
  for (const { reason } of refused) assert.ok(code('OVERLOADED')(reason));
  await pool.close();
});

test('closing finishes what was accepted and refuses what comes later', async () => {
  const pool = makePool();
  const accepted = Array.from({ length: 12 }, () => pool.sign(makeSigningRequest(authority)));
  const closed = pool.close();
  await assert.rejects(pool.sign(makeSigningRequest(authority)), code('CLOSED'));
  assert.equal((await Promise.all(accepted)).length, 12);
  await closed;
  await pool.close();
});

test('a worker that cannot start fails its requests, and the next one takes over', async () => {
  const events: SigningPoolEvent[] = [];
  let started = 0;
  const pool = makePool({
    masterKeys: () => [started++ === 0 ? new Uint8Array(5) : authority.masterKey.copyForWorker()],
    maxWorkers: 1,
    onEvent: (event) => events.push(event),
  });
  await assert.rejects(pool.sign(makeSigningRequest(authority)), code('WORKER_CRASHED'));
  assert.deepEqual(events, [
    { kind: 'worker-ended', reason: 'a master key has 32 bytes, this one has 5', lostRequests: 1 },
  ]);
  await pool.sign(makeSigningRequest(authority));
  await pool.close();
});

test('a worker that does not answer in time is replaced', async () => {
  const events: SigningPoolEvent[] = [];
  const pool = makePool({ maxWorkers: 1, requestTimeout: 1, onEvent: (event) => events.push(event) });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => pool.sign(makeSigningRequest(authority))));
  for (const outcome of outcomes)
    assert.ok(outcome.status === 'rejected' && code('WORKER_CRASHED')(outcome.reason));
  assert.deepEqual(events, [{ kind: 'worker-ended', reason: 'it did not answer in time', lostRequests: 3 }]);
  await pool.close();
});

test('a pool that keeps no worker starts one on demand and ends it when idle', async () => {
  const starts: number[] = [];
  const pool = makePool({
    minWorkers: 0,
    maxWorkers: 1,
    idleTimeout: 50,
    masterKeys: () => {
      starts.push(1);
      return [authority.masterKey.copyForWorker()];
    },
  });
  assert.equal(starts.length, 0);
  await pool.sign(makeSigningRequest(authority));
  assert.equal(starts.length, 1);
  await pool.sign(makeSigningRequest(authority));
  assert.equal(starts.length, 1);
  await new Promise((resolve) => {
    setTimeout(resolve, 200);
  });
  await pool.sign(makeSigningRequest(authority));
  assert.equal(starts.length, 2);
  await pool.close();
});
