/**
 * `npm run test:interop`: installs the clients that are missing, prepares the test image once, runs the tests of
 * each client against a server of their own, and says at the end what ran, what did not and why.
 *
 *   npm run test:interop -- [--only aws-cli,notation] [--skip docker] [--no-install] [--jobs 2]
 *
 * A client that is not skipped must be there: a missing one is a failure, never a silent skip. What a test notes as a
 * diagnostic of its own (a scenario that passed, the counts of a suite) is repeated in the closing lines.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { realImage } from '../test/interop/harness/image.ts';

const interop = join(import.meta.dirname, '..', 'test', 'interop');

/** Every client with what the installer calls it, the slowest first; the SDK comes with `npm ci`. */
const clients: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker'],
  'aws-cli': ['aws-cli'],
  podman: ['podman'],
  notation: ['notation'],
  'docker-containerd': ['docker-containerd'],
  buildah: ['buildah'],
  skopeo: ['skopeo'],
  'oci-conformance': ['oci-conformance'],
  crane: ['crane'],
  ctr: ['ctr'],
  oras: ['oras'],
  cosign: ['cosign'],
  'aws-sdk-js': [],
  'notation-sign': ['notation'],
  'aws-cli-iam': ['aws-cli'],
};

/** Clients whose tests begin from the Debian image, which buildah puts together. */
const imageNeeds = ['rootfs', 'buildah', 'skopeo'];

function names(list: string | undefined): readonly string[] {
  const wanted = (list ?? '').split(',').filter((name) => name !== '');
  const unknown = wanted.filter((name) => !(name in clients));
  if (unknown.length > 0) {
    console.error(`unknown client ${unknown.join(', ')}; known: ${Object.keys(clients).join(', ')}`);
    process.exit(2);
  }
  return wanted;
}

interface Outcome {
  readonly client: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

function run(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 });
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(parts).toString('utf8') }));
  });
}

async function testClient(client: string): Promise<Outcome> {
  const file = join(interop, `${client}.test.ts`);
  if (!existsSync(file)) throw new Error(`there is no test file for ${client}`);
  const started = performance.now();
  const { code, output } = await run(process.execPath, [
    '--test',
    '--test-timeout=240000',
    '--test-force-exit',
    '--test-reporter=spec',
    file,
  ]);
  const seconds = (performance.now() - started) / 1000;
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${client} (${seconds.toFixed(1)} s)`);
  return { client, passed: code === 0, seconds, output };
}

/** What ran for a client, from the lines of the test runner's report that begin with its mark for information. */
function told(client: string, output: string): string {
  const notes = [...output.matchAll(/^\s*ℹ (.*)$/gmu)].map(([, note = '']) => note);
  const passed = notes.find((note) => /^pass \d+$/.test(note))?.slice('pass '.length) ?? '0';
  const scenarios = notes.filter((note) => note.startsWith('scenario ')).map((note) => note.slice(9));
  const others = notes.filter((note) => note.startsWith('OCI conformance ')).map((note) => `\n  ${note}`);
  return `${client}: ${passed} tests${scenarios.length > 0 ? `; ${scenarios.join(', ')}` : ''}${others.join('')}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      skip: { type: 'string' },
      'no-install': { type: 'boolean', default: false },
      jobs: { type: 'string', default: '2' },
    },
  });
  const skipped = names(values.skip);
  const only = names(values.only);
  const known = Object.keys(clients);
  const chosen = (only.length > 0 ? only : known).filter((name) => !skipped.includes(name));
  const jobs = Number.parseInt(values.jobs, 10);
  if (!(jobs >= 1)) throw new Error(`--jobs takes a number from 1, not '${values.jobs}'`);

  if (!values['no-install']) {
    const wanted = new Set([...chosen.flatMap((name) => clients[name] ?? []), ...imageNeeds]);
    const { code, output } = await run(join(interop, 'install-clients.sh'), [...wanted]);
    console.log(output.trimEnd());
    // Go on with those that are there: each missing one fails its own tests with a clear line.
    if (code !== 0) console.log('not every client could be installed');
  }
  console.log(`test image: ${await realImage()}`);

  const waiting = [...chosen];
  const outcomes: Outcome[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes.push(await testClient(next));
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));

  const failed = outcomes.filter((outcome) => !outcome.passed);
  for (const outcome of failed) console.log(`\n=== ${outcome.client}\n${outcome.output.trimEnd()}`);
  console.log('');
  for (const { client, output } of outcomes.toSorted((a, b) => a.client.localeCompare(b.client))) {
    console.log(told(client, output));
  }
  const left = known.filter((name) => !chosen.includes(name));
  if (left.length > 0) console.log(`interop: not run because not chosen: ${left.join(', ')}`);
  console.log(
    failed.length === 0
      ? `interop: all ${outcomes.length} clients passed`
      : `interop: FAILED ${failed.map(({ client }) => client).join(', ')}`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}

await main();
