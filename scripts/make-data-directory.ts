// Keeps a data directory of a version for the test of upgrades: starts that version's server, fills it through its API
// (test/helpers/data-directory/contents.ts), records what it tells, ends it, and packs what it leaves.
//   node scripts/make-data-directory.ts --program <checkout of that version>/src/main.ts --name <name>
// Writes <name>-closed.tar.gz (ended by SIGTERM), <name>-killed.tar.gz (killed with -9 under work) and <name>.json (what is in
// them and what the old server told) into test/vectors/data-directories; see the README there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readCredentialsFile } from '../src/config/index.ts';
import { packDirectory } from '../test/helpers/data-directory/archive.ts';
import {
  type Contents,
  emptyContents,
  fill,
  fillEarly,
  fillLast,
} from '../test/helpers/data-directory/contents.ts';
import { observe, pullEverything } from '../test/helpers/data-directory/observation.ts';
import { type Reach, reach } from '../test/helpers/data-directory/reach.ts';

const DAY_MS = 86_400_000;
const EARLY_MS = -3 * DAY_MS;
const root = join(import.meta.dirname, '..');

const { values } = parseArgs({ options: { program: { type: 'string' }, name: { type: 'string' } } });
const { program, name } = values;
if (program === undefined || name === undefined || !/^[a-z0-9-]+$/.test(name)) {
  console.error('usage: node scripts/make-data-directory.ts --program <src/main.ts> --name <name>');
  process.exit(2);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

interface Running {
  readonly child: ChildProcess;
  readonly by: Reach;
}

/** Starts the version's server; `shiftMs`: how far its clock is ahead of the machine's. */
async function start(dataDir: string, shiftMs: number): Promise<Running> {
  const port = await freePort();
  const clock = join(root, 'test', 'helpers', 'shifted-clock.ts');
  const place = ['--host', '127.0.0.1', '--port', String(port), '--data-dir', dataDir];
  // A small bound on the trail makes small files of it.
  const child = spawn(
    process.execPath,
    ['--import', clock, resolve(program ?? ''), 'serve', ...place, '--audit-keep', '1MiB'],
    {
      env: { PATH: process.env['PATH'] ?? '', TEST_CLOCK_SHIFT_MS: String(shiftMs) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    if (child.exitCode !== null || tries > 600) throw new Error('the server did not start');
    await sleep(50);
  }
  const credentials = readCredentialsFile(join(dataDir, 'credentials'));
  if (credentials === undefined) throw new Error('the server made no credentials');
  return { child, by: reach({ url, now: () => Date.now() + shiftMs }, credentials) };
}

async function end({ child }: Running, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

const work = mkdtempSync(join(tmpdir(), 'sealport-data-directory-'));
try {
  const dataDir = join(work, 'data');
  const contents: Contents = emptyContents();

  const early = await start(dataDir, EARLY_MS);
  await fillEarly(early.by, contents);
  await end(early, 'SIGTERM');

  const server = await start(dataDir, 0);
  await fill(server.by, contents);
  // Times of pulls are kept too; they are written at the end at the latest.
  await pullEverything(server.by, await observe(server.by, contents));
  await end(server, 'SIGTERM');

  const again = await start(dataDir, 0);
  const observation = await observe(again.by, contents);
  const closedContents = structuredClone(contents);
  await end(again, 'SIGTERM');
  const closed = packDirectory(dataDir);

  const copy = join(work, 'copy');
  cpSync(dataDir, copy, { recursive: true });
  const mortal = await start(copy, 0);
  await fillLast(mortal.by, contents);
  await end(mortal, 'SIGKILL');
  const killed = packDirectory(copy);

  const folder = join(root, 'test', 'vectors', 'data-directories');
  writeFileSync(join(folder, `${name}-closed.tar.gz`), closed);
  writeFileSync(join(folder, `${name}-killed.tar.gz`), killed);
  const document = { closed: closedContents, killed: contents, observation };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(document, undefined, 1)}\n`);
  console.log(`${name}: ${closed.length} bytes closed, ${killed.length} bytes killed`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
