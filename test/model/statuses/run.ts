// Pushes under random kills of a real server, while signatures are revoked, deleted and damaged: in the end every status
// says what is true. What is done comes from the seed; when the server is killed is up to the machine.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionWith } from '../../../src/cli/client/session.ts';
import { fetchTrust } from '../../../src/cli/trust-material.ts';
import { verifyImage } from '../../../src/cli/verification.ts';
import type { Digest } from '../../../src/shared/digest.ts';
import { adminClient, runOf } from '../../helpers/admin-client.ts';
import { setUpSigning } from '../../helpers/signing-set-up.ts';
import { TEST_CREDENTIALS } from '../../helpers/start-server.ts';
import { makeChance } from '../contents.ts';
import {
  endOf,
  type ImageLife,
  live,
  makeImageLife,
  settledStatus,
  signaturesOf,
  type World,
} from './image-life.ts';
import { Life } from './life.ts';
import { damage, orphans, type Part } from './records.ts';

const WRITERS = 6;
const ACCOUNT = '123456789012';
const repositoryName = 'model/statuses';

export interface StatusesRun {
  readonly seed: number;
  readonly pushes: number;
  readonly kills: number;
  /** Images by what their status says in the end. */
  readonly ends: Readonly<Record<string, number>>;
}

/** Throws at the first thing that is not true, naming the seed. */
export async function runStatuses(options: {
  readonly seed: number;
  readonly pushes: number;
  readonly onKill?: (kills: number, done: number) => void;
}): Promise<StatusesRun> {
  const { seed, pushes } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'sealport-statuses-'));
  const life = new Life(dataDir);
  try {
    await life.start();
    await life.ask((client) => setUpSigning(client, repositoryName));
    return await run(life, options);
  } catch (error) {
    throw new Error(`seed ${seed}, ${pushes} pushes: ${String(error)}`, { cause: error });
  } finally {
    await life.abandon();
    await rm(dataDir, { recursive: true, force: true });
  }
}

interface Damage {
  readonly signature: string;
  readonly part: Part;
  readonly done: () => void;
}

async function run(life: Life, { seed, pushes, onKill }: Parameters<typeof runStatuses>[0]) {
  const chance = makeChance(seed);
  const lives = Array.from({ length: pushes }, (_, at) => makeImageLife(at, chance.fork(`image ${at}`)));
  let waiting: Damage[] = [];
  const world: World = {
    life,
    repositoryName,
    damage: (signature, part) =>
      new Promise((done) => {
        waiting.push({ signature, part, done });
      }),
  };
  let next = 0;
  let done = 0;
  const finished = new AbortController();
  const writers = Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let mine = lives[next++]; mine !== undefined; mine = lives[next++]) {
        await live(world, mine);
        done += 1;
      }
    }),
  ).finally(() => finished.abort());

  let kills = 0;
  const killer = (async () => {
    const moments = chance.fork('kills');
    while (!finished.signal.aborted) {
      // By progress, so that a slow machine gets on as well; those that wait for a kill may be all that is left.
      const enough = done + 1 + moments.below(12);
      const isTime = (waited: number) => done >= enough || (waiting.length > 0 && waited > 100);
      for (let waited = 0; !isTime(waited) && !finished.signal.aborted; waited += 1) await sleep(10);
      await sleep(moments.below(40));
      if (finished.signal.aborted) return;
      const these = waiting;
      waiting = [];
      await life.kill(() => {
        for (const { signature, part } of these) damage(life.dataDir, signature, part);
      });
      for (const each of these) each.done();
      kills += 1;
      onKill?.(kills, done);
    }
  })();
  await Promise.all([writers, killer]);
  await verdict(world, lives);
  const ends: Record<string, number> = {};
  for (const each of lives) ends[endOf(each)] = (ends[endOf(each)] ?? 0) + 1;
  return { seed, pushes, kills, ends };
}

/** Every status against what a verifier finds, before and after a restart. */
async function verdict(world: World, lives: readonly ImageLife[]): Promise<void> {
  const { life } = world;
  for (const { image, fate } of lives)
    if (fate.kind !== 'deleted') await settledStatus(world, image.manifest.digest);
  // Damage that nobody has read yet.
  const server = () => ({ url: life.url, credentials: TEST_CREDENTIALS });
  const scrubbed = await runOf(adminClient(server), '/admin/scrub');
  assert.equal(scrubbed['status'], 'COMPLETE', JSON.stringify(scrubbed));
  for (const round of ['before a restart', 'after a restart']) {
    const session = sessionWith(
      { endpoint: life.url, dataDir: life.dataDir, accountId: ACCOUNT, region: 'us-east-1' },
      { ...TEST_CREDENTIALS, from: 'the test' },
    );
    try {
      const trust = await fetchTrust(session.http, life.url, ACCOUNT);
      for (const each of lives)
        await judge(world, each, round, (digest) => verifyImage(session, { repositoryName, digest }, trust));
    } finally {
      session.close();
    }
    await life.stop(/damaged/);
    assert.deepEqual(orphans(life.dataDir), [], 'no managed signature without its image');
    await life.start();
  }
}

type Verify = (
  digest: Digest,
) => Promise<{ readonly signatures: readonly { readonly digest: string; readonly verified: boolean }[] }>;

async function judge(world: World, me: ImageLife, round: string, verify: Verify): Promise<void> {
  const { digest } = me.image.manifest;
  const what = `${me.tag} (${JSON.stringify(me.fate)}), ${round}`;
  const end = endOf(me);
  if (end === 'gone') {
    const { status } = await world.life.get(`${repositoryName}/manifests/${digest}`);
    assert.equal(status, 404, what);
    assert.deepEqual(await signaturesOf(world, digest), [], what);
    return;
  }
  const pulled = await world.life.get(`${repositoryName}/manifests/${me.tag}`);
  assert.deepEqual([pulled.status, pulled.digest], [200, digest], what);
  assert.equal(await settledStatus(world, digest), end, what);
  const { signatures } = await verify(digest);
  const good = signatures.filter((one) => one.verified && one.digest !== me.revoked);
  assert.equal(good.length, end === 'COMPLETE' ? 1 : 0, `${what}: ${JSON.stringify(signatures)}`);
  const isThere = signatures.some((one) => one.digest === me.revoked);
  if (me.fate.kind === 'revoked') assert.equal(isThere, !me.fate.removed, what);
}
