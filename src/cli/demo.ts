// `sealport demo`: the main job, for real. A server of its own in a temporary directory, an image built on the
// spot, a profile and a rule made through the public API, a push through /v2, the status until COMPLETE, and a
// verification with nothing but public trust material. Each step is printed; the exit code is 0 only when the
// signatures verified.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type Config,
  credentialsFile,
  loadConfig,
  processInputs,
  readCredentialsFile,
  withListeningPort,
} from '../config/index.ts';
import { type Session, sessionWith } from './client/session.ts';
import { type CommandContext, makeCommand } from './context.ts';
import { buildDemoImage, type DemoImage } from './demo/image.ts';
import { CommandError } from './errors.ts';
import { waitForSigning } from './status.ts';
import { stopSignal } from './stop-signal.ts';
import type { Terminal } from './terminal.ts';
import { fetchTrust } from './trust-material.ts';

const USUAL_PORT = 5050;
const REPOSITORY = 'demo/hello';
const TAG = '1.0';
const PROFILE = 'demo';
const PLATFORM = 'Notation-OCI-SHA384-ECDSA';
const SIGNING_TIMEOUT_MS = 60_000;

interface DemoFlags {
  readonly exit?: true;
  readonly port?: string;
  readonly logLevel: string;
}

export function demoCommand(context: CommandContext): Command {
  return makeCommand('demo', 'Show the main job: push an image, the registry signs it, verify it.', [
    'sealport demo',
    'sealport demo --exit',
  ])
    .option('--exit', 'end after the verification instead of serving on')
    .option('--port <port>', 'port to listen on (default: 5050, or a free one when that is taken)')
    .addOption(new Option('--log-level <level>', "how much of the server's log is shown").default('warn'))
    .action(async (flags: DemoFlags) => demo(context, flags));
}

async function demo({ terminal }: CommandContext, flags: DemoFlags): Promise<void> {
  const stop = stopSignal(terminal);
  const dataDir = mkdtempSync(join(tmpdir(), 'sealport-demo-'));
  try {
    const port = flags.port ?? String(await choosePort());
    // The demo is the same everywhere: of the environment it takes nothing.
    const { config } = loadConfig({
      ...processInputs({ 'data-dir': dataDir, port, 'log-level': flags.logLevel }),
      env: {},
    });
    const { compose } = await import('../compose.ts');
    const sealport = await compose(config);
    try {
      const listening = withListeningPort(config, (await sealport.listen()).port);
      await Promise.race([tour(terminal, listening), stop.requested.then(interrupted)]);
      if (flags.exit) return;
      whatNow(terminal, listening);
      await stop.requested;
    } finally {
      await sealport.close();
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
    stop.disarm();
  }
}

async function tour(terminal: Terminal, config: Config): Promise<void> {
  const step = makeSteps(terminal);
  const file = credentialsFile(config.dataDir);
  step('server', `${config.publicUrl}, data in ${config.dataDir}`);
  const credentials = readCredentialsFile(file);
  if (credentials === undefined) throw new CommandError(`the server made no ${file}`);
  const session = sessionWith(
    {
      endpoint: config.publicUrl,
      dataDir: config.dataDir,
      accountId: config.accountId,
      region: config.region,
    },
    { ...credentials, from: file },
  );
  try {
    const image = buildDemoImage(Date.now());
    const bytes = image.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0);
    step(
      'image',
      `${image.children.map(({ platform }) => platform).join(', ')}: ${image.blobs.length} blobs, ${Math.ceil(bytes / 1000)} kB`,
    );
    const profile = await session.signer.putSigningProfile(PROFILE, { platformId: PLATFORM });
    step('signing profile', profile.profileVersionArn);
    await session.ecr.call('PutSigningConfiguration', {
      signingConfiguration: {
        rules: [
          {
            signingProfileArn: profile.arn,
            repositoryFilters: [{ filter: 'demo/*', filterType: 'WILDCARD_MATCH' }],
          },
        ],
      },
    });
    step('signing rule', `repositories demo/* are signed with ${PROFILE}`);
    const { repository } = await session.ecr.call('CreateRepository', { repositoryName: REPOSITORY });
    await push(session, image);
    const pushed = performance.now();
    step('push', `${repository.repositoryUri}:${TAG}`);
    await followSigning(terminal, session, image, pushed, step);
    await verifyAll(terminal, session, image, step);
  } finally {
    session.close();
  }
}

async function push(session: Session, image: DemoImage): Promise<void> {
  for (const blob of image.blobs) await session.registry.pushBlob(REPOSITORY, blob.digest, blob.bytes);
  for (const child of image.children)
    await session.registry.putManifest(REPOSITORY, child.digest, child.mediaType, child.bytes);
  await session.registry.putManifest(REPOSITORY, TAG, image.index.mediaType, image.index.bytes);
}

async function followSigning(
  terminal: Terminal,
  session: Session,
  image: DemoImage,
  since: number,
  step: Step,
): Promise<void> {
  for (const { platform, digest } of [image.index, ...image.children]) {
    const answer = await waitForSigning(session, { repositoryName: REPOSITORY, digest }, SIGNING_TIMEOUT_MS);
    const [entry] = answer.signingStatuses;
    if (entry?.status !== 'COMPLETE')
      throw new CommandError(
        `the signing of ${platform} ended as ${entry?.status ?? 'nothing'}: ${entry?.failureReason ?? 'it did not complete in time'}`,
      );
    const after = `seen ${Math.round(performance.now() - since)} ms after the push`;
    step(
      'signing status',
      `${platform.padEnd(11)}  ${terminal.paint('green', entry.status)}  ${terminal.paint('dim', after)}`,
    );
  }
}

async function verifyAll(terminal: Terminal, session: Session, image: DemoImage, step: Step): Promise<void> {
  const { verifyImage } = await import('./verification.ts');
  const trust = await fetchTrust(session.http, session.config.endpoint, session.config.accountId);
  for (const { platform, digest } of [image.index, ...image.children]) {
    const report = await verifyImage(session, { repositoryName: REPOSITORY, digest }, trust);
    const signature = report.signatures.find(({ verified }) => verified);
    if (signature === undefined) {
      const failed = report.signatures
        .flatMap(({ checks }) => checks)
        .find(({ outcome }) => outcome === 'failed');
      throw new CommandError(
        `${platform} did not verify: ${failed === undefined ? 'it has no signature' : `${failed.name}: ${failed.detail}`}`,
      );
    }
    const passed = signature.checks.filter(({ outcome }) => outcome === 'passed').length;
    step(
      'verification',
      `${platform.padEnd(11)}  ${terminal.paint('green', 'verified')}  ${terminal.paint('dim', `${passed} checks passed`)}`,
    );
  }
}

type Step = (name: string, text: string) => void;

/** Numbered lines; a step of several lines has its name once. */
function makeSteps(terminal: Terminal): Step {
  let number = 0;
  let last = '';
  return (name, text) => {
    const again = name === last;
    if (!again) number += 1;
    last = name;
    const left = again ? '' : `${String(number)}  ${name}`;
    terminal.line(`${left.padEnd(20)}${text}`);
  };
}

function whatNow(terminal: Terminal, config: Config): void {
  const host = config.publicUrl.slice(config.publicUrl.indexOf('://') + 3);
  terminal.line();
  terminal.line('Verified. The server runs on until Ctrl-C; its data goes with it. In another terminal:');
  terminal.line();
  terminal.line(
    `  export AWS_SHARED_CREDENTIALS_FILE=${credentialsFile(config.dataDir)} AWS_PROFILE=sealport`,
  );
  terminal.line(`  aws ecr describe-image-signing-status --endpoint-url ${config.publicUrl} \\`);
  terminal.line(`    --repository-name ${REPOSITORY} --image-id imageTag=${TAG}`);
  terminal.line(`  aws ecr get-login-password --endpoint-url ${config.publicUrl} | \\`);
  terminal.line(`    docker login --username AWS --password-stdin ${host}`);
}

function interrupted(): never {
  throw new CommandError('interrupted');
}

/** The usual port when it is free, else one that the system picks. */
async function choosePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(0));
    server.listen(USUAL_PORT, '127.0.0.1', () => server.close(() => resolve(USUAL_PORT)));
  });
}
