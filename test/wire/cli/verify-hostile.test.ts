// `sealport verify` for an image that somebody attached more to than its signature, and through a registry that lies:
// whatever else is listed, the good signature verifies; whatever is listed, nothing else does.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { after, afterEach, before, describe, test } from 'node:test';
import { type Session, sessionWith } from '../../../src/cli/client/session.ts';
import type { SignatureReport } from '../../../src/cli/judge-signature.ts';
import { fetchTrust, type TrustMaterial } from '../../../src/cli/trust-material.ts';
import {
  type ImageReport,
  VERIFICATION_BOUNDS,
  type VerificationBounds,
  verifyImage,
} from '../../../src/cli/verification.ts';
import { NOTARY_SIGNATURE, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST } from '../../../src/shared/media-types.ts';
import { blob, descriptor, image, manifestOf, type TestImage } from '../../helpers/images.ts';
import { type CliResult, runCli } from '../../helpers/run-cli.ts';
import { settledStatuses } from '../../helpers/signing-set-up.ts';
import { startServer, type TestServer } from '../../helpers/start-server.ts';

const REPOSITORY = 'junk';
const UNSIGNED = 'unsigned';
const THUMBPRINTS = 'io.cncf.notary.x509chain.thumbprint#S256';
/** Answers a request itself, or leaves it to the real server. */
type Lie = (path: string, response: ServerResponse) => boolean;

let server: TestServer;
let proxy: Server;
let proxyUrl: string;
let lie: Lie = () => false;
let session: Session;
let trust: TrustMaterial;

before(async () => {
  server = await startServer();
  for (const repositoryName of [REPOSITORY, UNSIGNED])
    await server.ecr('CreateRepository', { repositoryName });
  const profile = await server.signer('PUT', '/signing-profiles/junk_test', {
    platformId: 'Notation-OCI-SHA384-ECDSA',
  });
  const repositoryFilters = [{ filter: REPOSITORY, filterType: 'WILDCARD_MATCH' }];
  const rules = [{ signingProfileArn: profile.body['arn'], repositoryFilters }];
  await server.ecr('PutSigningConfiguration', { signingConfiguration: { rules } });
  proxy = createServer((incoming, response) => {
    if (!lie(incoming.url ?? '', response)) forward(incoming, response);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  assert.ok(typeof address === 'object' && address !== null);
  proxyUrl = `http://127.0.0.1:${address.port}`;
  session = sessionWith(
    { endpoint: proxyUrl, dataDir: server.dataDir, accountId: server.accountId, region: server.region },
    { ...server.credentials, from: 'the test' },
  );
  trust = await fetchTrust(session.http, server.url, server.accountId);
});
afterEach(() => {
  lie = () => false;
});
after(async () => {
  session.close();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await server.close();
});

function forward(incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = request(server.url, { method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  incoming.pipe(onward);
}

interface Junk {
  readonly layers?: readonly { mediaType: string; digest: string; size: number }[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly content?: Uint8Array;
}

/** Something that calls itself a signature of the image. */
function junkOf(subject: TestImage, { layers, annotations, content = Buffer.from('{}') }: Junk): TestImage {
  const empty = blob(Buffer.from('{}'));
  const layer = blob(content);
  const manifest = manifestOf(
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: NOTARY_SIGNATURE,
      config: { mediaType: OCI_EMPTY, digest: empty.digest, size: 2 },
      layers: layers ?? [{ mediaType: 'application/jose+json', digest: layer.digest, size: content.length }],
      subject: descriptor(subject.manifest),
      annotations: { 'made.at': randomBytes(8).toString('hex'), ...annotations },
    },
    OCI_MANIFEST,
  );
  return { blobs: [empty, layer], manifest };
}

async function pushSigned(): Promise<TestImage> {
  const pushed = image();
  await server.pushImage(REPOSITORY, pushed.manifest.digest, pushed);
  const statuses = await settledStatuses(server, REPOSITORY, pushed.manifest.digest);
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['COMPLETE'],
  );
  return pushed;
}

async function attach(
  subject: TestImage,
  junk: readonly Junk[],
  repositoryName = REPOSITORY,
): Promise<readonly string[]> {
  const made = junk.map((one) => junkOf(subject, one));
  await Promise.all(made.map((one) => server.pushImage(repositoryName, one.manifest.digest, one)));
  return made.map(({ manifest }) => manifest.digest);
}

function verify(
  of: TestImage,
  bounds: Partial<VerificationBounds> = {},
  repositoryName = REPOSITORY,
): Promise<ImageReport> {
  const reference = { repositoryName, digest: of.manifest.digest };
  return verifyImage(session, reference, trust, { ...VERIFICATION_BOUNDS, ...bounds });
}

function sealport(...args: readonly string[]): Promise<CliResult> {
  return runCli([...args, '--endpoint', server.url], {
    env: {
      AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
      SEALPORT_DATA_DIR: server.dataDir,
    },
  });
}

/** The reports without the good one. */
function failedOnes(report: ImageReport): readonly SignatureReport[] {
  const good = report.signatures.filter(({ verified }) => verified);
  assert.equal(good.length, 1);
  assert.equal(report.verified, true);
  return report.signatures.filter(({ verified }) => !verified);
}

describe('verify, of an image with more attached than its signature', () => {
  test('a layer larger than it says, another media type, no layer: a line each, and verified', async () => {
    const signed = await pushSigned();
    const big = randomBytes(2 * 1024 * 1024);
    const { digest } = blob(big);
    const attached = await attach(signed, [
      { content: big, layers: [{ mediaType: 'application/jose+json', digest, size: 10 }] },
      { content: big, layers: [{ mediaType: 'application/jose+json', digest, size: big.length }] },
      {
        content: Buffer.from('{}{}'),
        layers: [{ mediaType: 'text/plain', digest: blob(Buffer.from('{}{}')).digest, size: 4 }],
      },
      { layers: [] },
      { content: Buffer.from('no envelope') },
    ]);
    const { code, stdout, stderr } = await sealport('verify', `${REPOSITORY}@${signed.manifest.digest}`);
    assert.equal(code, 0, stdout + stderr);
    for (const one of attached) assert.match(stdout, new RegExp(`^failed +${one} `, 'm'));
    assert.match(stdout, /^verified +sha256:[0-9a-f]{64} +\d{4}-.*checks passed$/m);
    assert.match(stdout, /manifest: the signature is larger than 1048576 bytes/);
    assert.match(stdout, /content: .*longer than 10 bytes/);
    assert.equal(stdout.trimEnd().split('\n').at(-1), 'verified');
  });

  test('is verified although more others are listed than verifiers look at, half of them naming the trusted issuer', async () => {
    const signed = await pushSigned();
    const [honest] = (await verify(signed)).signatures;
    const thumbprints = await annotationOf(honest?.digest ?? '');
    const liar = { annotations: { [THUMBPRINTS]: thumbprints } };
    await attach(
      signed,
      Array.from({ length: 120 }, (_, n) => (n % 2 === 0 ? liar : {})),
    );
    const { code, stdout } = await sealport('verify', `${REPOSITORY}@${signed.manifest.digest}`, '--json');
    assert.equal(code, 0, stdout);
    const report = JSON.parse(stdout) as ImageReport;
    assert.equal(report.signatures.length + report.notLookedAt, 121);
    // Stock verifiers look at the first hundred of the list as it is.
    const list = (await read(`/v2/${REPOSITORY}/referrers/${signed.manifest.digest}`)) as {
      manifests: { digest: string }[];
    };
    assert.equal(list.manifests[0]?.digest, honest?.digest);
    failedOnes(report);
  });

  test('says no when what is attached is all there is', async () => {
    const plain = image();
    await server.pushImage(UNSIGNED, 'v1', plain);
    await attach(plain, [{}], UNSIGNED);
    const { code, stdout } = await sealport('verify', `${UNSIGNED}:v1`);
    assert.equal(code, 1);
    assert.match(stdout, /not verified: no signature passed every check/);
  });

  test('a signature of another image does not count', async () => {
    const [signed, other] = [await pushSigned(), image()];
    const [good] = (await verify(signed)).signatures;
    assert.ok(good);
    const envelope = await envelopeOf(good.digest);
    await server.pushImage(UNSIGNED, other.manifest.digest, other);
    await attach(other, [{ content: envelope }], UNSIGNED);
    const report = await verify(other, {}, UNSIGNED);
    assert.equal(report.verified, false);
    assert.deepEqual(
      report.signatures[0]?.checks.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name),
      ['payload'],
    );
  });
});

describe('verify, through a registry that lies', () => {
  /** Lists `extra` before what is there. */
  function listing(extra: readonly object[], then: Lie = () => false): Lie {
    return (path, response) => {
      if (!path.includes('/referrers/')) return then(path, response);
      void answerWithList(path, response, extra);
      return true;
    };
  }
  const entry = (digest: string, size = 100): object => ({
    mediaType: OCI_MANIFEST,
    artifactType: NOTARY_SIGNATURE,
    digest,
    size,
  });
  const ghost = blob(randomBytes(10)).digest;

  test('signatures that are gone, errors and other bytes than listed are a line each', async () => {
    const signed = await pushSigned();
    const broken = blob(randomBytes(10)).digest;
    const forged = blob(randomBytes(10)).digest;
    lie = listing([entry(ghost), entry(broken), entry(forged), entry(ghost, 1e12)], (path, response) => {
      if (path.endsWith(broken)) response.writeHead(500).end();
      else if (path.endsWith(forged)) response.end('something else');
      else return false;
      return true;
    });
    const failed = failedOnes(await verify(signed));
    assert.deepEqual(new Set(failed.map(({ digest }) => digest)), new Set([ghost, broken, forged]));
    for (const { checks } of failed) assert.equal(checks.length, 1);
  });

  test('one that never answers does not hold up the verdict', async () => {
    const signed = await pushSigned();
    lie = listing([entry(ghost)], (path) => path.endsWith(ghost));
    const began = performance.now();
    const report = await verify(signed, { timeOnceVerifiedMs: 200 });
    assert.equal(report.verified, true);
    assert.equal(report.notLookedAt, 1);
    assert.ok(performance.now() - began < 5000);
    const [line] = failedOnes(await verify(signed, { timeOfOneMs: 200 }));
    assert.match(line?.checks[0]?.detail ?? '', /did not answer in time/);
  });

  test('the time for all ends a verification that finds nothing', async () => {
    const signed = await pushSigned();
    lie = (path) => path.includes('/manifests/') && !path.endsWith(signed.manifest.digest);
    const report = await verify(signed, { timeMs: 600 });
    assert.deepEqual([report.verified, report.signatures.length, report.notLookedAt], [false, 0, 1]);
  });

  test('pages of the list that fail leave those before them', async () => {
    const signed = await pushSigned();
    lie = (path, response) => {
      if (!path.includes('/referrers/')) return false;
      if (path.includes('page=2')) response.writeHead(500).end();
      else
        void answerWithList(
          path,
          response.setHeader('link', `</v2/${REPOSITORY}/referrers/x?page=2>; rel="next"`),
        );
      return true;
    };
    const report = await verify(signed);
    assert.equal(report.verified, true);
    assert.match(report.listingProblem ?? '', /500/);
  });

  test('a list that cannot be had is not taken for no signatures', async () => {
    const signed = await pushSigned();
    lie = (path, response) => path.includes('/referrers/') && response.writeHead(503).end() !== undefined;
    const report = await verify(signed);
    assert.deepEqual([report.verified, report.signatures], [false, []]);
    assert.match(report.listingProblem ?? '', /503/);
  });

  test('without the referrers API the list under the fallback tag is read', async () => {
    const signed = await pushSigned();
    const [good] = (await verify(signed)).signatures;
    lie = (path, response) => {
      if (path.includes('/referrers/')) response.writeHead(404).end();
      else if (path.endsWith(`/manifests/${signed.manifest.digest.replace(':', '-')}`))
        void answerWithList(`/v2/${REPOSITORY}/referrers/${signed.manifest.digest}`, response);
      else return false;
      return true;
    };
    const report = await verify(signed);
    assert.equal(report.verified, true);
    assert.equal(report.signatures[0]?.digest, good?.digest);
  });

  test('an envelope at another address is fetched there, without the login', async () => {
    const signed = await pushSigned();
    const [good] = (await verify(signed)).signatures;
    const envelope = await envelopeOf(good?.digest ?? '');
    let login: string | undefined = 'nobody asked';
    const store = createServer((incoming, response) => {
      login = incoming.headers.authorization;
      response.end(envelope);
    });
    await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
    const { port } = store.address() as { port: number };
    try {
      lie = (path, response) =>
        path.includes('/blobs/') &&
        response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end() !== undefined;
      assert.equal((await verify(signed)).verified, true);
      assert.equal(login, undefined);
    } finally {
      store.closeAllConnections();
      await new Promise((resolve) => store.close(resolve));
    }
    lie = (path, response) =>
      path.includes('/blobs/') && response.writeHead(307, { location: path }).end() !== undefined;
    const report = await verify(signed);
    assert.match(report.signatures[0]?.checks[0]?.detail ?? '', /redirected too often/);
  });

  test('more bytes than allowed end the verification, not the process', async () => {
    const signed = await pushSigned();
    const contents = Array.from({ length: 20 }, () => ({ content: randomBytes(100_000) }));
    await attach(signed, contents);
    const good = (await verify(signed)).signatures.find(({ verified }) => verified)?.digest ?? '';
    lie = (path) => path.endsWith(good);
    const report = await verify(signed, { bytes: 600_000 });
    assert.equal(report.verified, false);
    assert.ok(report.notLookedAt > 10, String(report.notLookedAt));
  });
});

/** Answers with the real list of referrers, after `extra`. */
async function answerWithList(
  path: string,
  response: ServerResponse,
  extra: readonly object[] = [],
): Promise<void> {
  const { manifests } = (await read(path)) as { manifests: object[] };
  response.setHeader('content-type', OCI_INDEX);
  response.end(
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...extra, ...manifests] }),
  );
}

async function read(path: string): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`, { headers: { authorization: await server.login() } });
  assert.equal(answer.status, 200, path);
  return answer.json();
}

async function manifestAt(digest: string) {
  return (await read(`/v2/${REPOSITORY}/manifests/${digest}`)) as {
    layers: { digest: string }[];
    annotations: Record<string, string>;
  };
}

async function annotationOf(digest: string): Promise<string> {
  return (await manifestAt(digest)).annotations[THUMBPRINTS] ?? '';
}

async function envelopeOf(signature: string): Promise<Buffer> {
  const [layer] = (await manifestAt(signature)).layers;
  const answer = await fetch(`${server.url}/v2/${REPOSITORY}/blobs/${layer?.digest}`, {
    headers: { authorization: await server.login() },
  });
  return Buffer.from(await answer.arrayBuffer());
}
