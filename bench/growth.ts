// How cost grows with what is stored: a directory is filled to each size, and the same work is done on each. A slope shows
// when a row gets dearer from the left to the right.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { textOf } from '../src/cli/client/query.ts';
import { readCredentialsFile } from '../src/config/index.ts';
import { adminClient } from '../test/helpers/admin-client.ts';
import { type Reach, reach } from '../test/helpers/data-directory/reach.ts';
import { type Cost, costOfCommand, type GaugedServer, startGaugedServer } from './gauged.ts';
import {
  BIG,
  fillGrowth,
  IMAGES_OF_MANY_TAGS,
  imagesOf,
  layerOf,
  layersOf,
  MANY_TAGS,
  manifestOf,
  PROFILE,
  tagOf,
} from './growth-fill.ts';
import { load } from './load.ts';
import type { BenchOptions, Report } from './report.ts';
import { startServerProcess } from './server-process.ts';

const WARM_UP = 50;
const SIZES = [1000, 10_000, 100_000];

interface Row {
  readonly what: string;
  /** By size: calls and what all of them cost together. */
  readonly costs: Map<number, Cost & { readonly calls: number }>;
}

type Call = (call: number) => Promise<unknown>;

interface Subject {
  readonly n: number;
  readonly server: GaugedServer;
  readonly by: Reach;
  /** Notes what `calls` pieces of work cost. */
  readonly note: (what: string, calls: number, work: Call) => Promise<void>;
  readonly noteCost: (what: string, calls: number, cost: Cost) => void;
}

async function must(answer: Promise<{ status: number; body: object }>): Promise<Record<string, unknown>> {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body).slice(0, 500)}`);
  return body as Record<string, unknown>;
}

function reachOf(server: { readonly url: string; readonly dataDir: string }): Reach {
  const credentials = readCredentialsFile(join(server.dataDir, 'credentials'));
  if (credentials === undefined) throw new Error('the server made no credentials');
  return reach({ url: server.url, now: Date.now }, credentials);
}

/** A first start makes keys; the profile and the rule come through the API. */
async function prepare(dataDir: string): Promise<void> {
  const server = await startServerProcess(dataDir);
  const by = reachOf(server);
  const platformId = 'Notation-OCI-SHA384-ECDSA';
  const { arn } = await must(by.signer('PUT', `/signing-profiles/${PROFILE}`, { platformId }));
  const rules = [{ signingProfileArn: arn }];
  await must(by.ecr('PutSigningConfiguration', { signingConfiguration: { rules } }));
  await server.stop();
}

async function statusOf(by: Reach, imageDigest: string): Promise<string | undefined> {
  const image = { repositoryName: BIG, imageId: { imageDigest } };
  const { signingStatuses } = await must(by.ecr('DescribeImageSigningStatus', image));
  return (signingStatuses as { status: string }[])[0]?.status;
}

const imageAt = (n: number, at: number) => manifestOf(BIG, at, layerOf(at % layersOf(n))).digest;
/** Images spread over the repository; each offset gives others. */
const spread = (n: number, call: number, calls: number, offset: number) =>
  Math.floor(((call + offset / 10) / calls) * imagesOf(n));

/** Pulls and status reads; the first of them compile code, whatever is stored, and are not counted. */
async function warmUp({ n, by }: Subject): Promise<{ pull: Call; status: Call }> {
  const authorization = await by.login();
  const pull = async (call: number) => {
    const path = `${by.place.url}/v2/${BIG}/manifests/${tagOf(spread(n, call, 200, 9))}`;
    const answer = await fetch(path, { headers: { authorization, accept: '*/*' } });
    if (!answer.ok) throw new Error(`${answer.status} ${path}`);
    await answer.arrayBuffer();
  };
  const status = async (call: number) => {
    const found = await statusOf(by, imageAt(n, spread(n, call, 200, 8)));
    if (found !== 'COMPLETE') throw new Error(`the status is ${found}`);
  };
  for (let call = 0; call < WARM_UP; call += 1) {
    await pull(199 - call);
    await status(199 - call);
  }
  return { pull, status };
}

async function reads(subject: Subject): Promise<void> {
  const { pull, status } = await warmUp(subject);
  await subject.note('pull of a manifest by tag, all different', 200, pull);
  await subject.note('DescribeImageSigningStatus, all different', 200, status);
}

/** Lists are followed to their end, in however many calls. */
async function lists(subject: Subject): Promise<void> {
  const { by, note } = subject;
  await warmUp(subject);
  await note(`DescribeImages of ${IMAGES_OF_MANY_TAGS} images with n/100 tags each`, 4, async () => {
    const input = { repositoryName: MANY_TAGS, maxResults: IMAGES_OF_MANY_TAGS };
    let images = 0;
    for (let token: unknown; images < IMAGES_OF_MANY_TAGS; ) {
      const more = token === undefined ? {} : { nextToken: token };
      const page = await must(by.ecr('DescribeImages', { ...input, ...more }));
      images += (page['imageDetails'] as unknown[]).length;
      token = page['nextToken'];
      if (token === undefined) break;
    }
    if (images !== IMAGES_OF_MANY_TAGS) throw new Error(`${images} images are listed`);
  });
  const all = async (action: string, input: Readonly<Record<string, string>>) => {
    for (let marker: string | undefined = ''; marker !== undefined; ) {
      const more: Readonly<Record<string, string>> = marker === '' ? {} : { Marker: marker };
      const page = await by.must('iam', action, { ...input, ...more });
      marker = page['IsTruncated'] === 'true' ? textOf(page['Marker']) : undefined;
    }
  };
  await note('ListUsers, a path that no user has', 4, () => all('ListUsers', { PathPrefix: '/nobody/' }));
  await note('ListPolicies, attached ones only, of which there are none', 4, () =>
    all('ListPolicies', { Scope: 'Local', OnlyAttached: 'true' }),
  );
  await note('ListSigningJobs, revoked ones only, of which there are none', 1, async () => {
    for (let token = ''; ; ) {
      const more = token === '' ? '' : `&nextToken=${encodeURIComponent(token)}`;
      const page = await must(by.signer('GET', `/signing-jobs?isRevoked=true${more}`));
      if (typeof page['nextToken'] !== 'string') return;
      token = page['nextToken'];
    }
  });
}

async function pushes(subject: Subject): Promise<void> {
  const { n, by, note } = subject;
  await warmUp(subject);
  const calls = 20;
  await note('push of a manifest until it is signed', calls, async (call) => {
    const image = manifestOf('pushed', call, layerOf(call % layersOf(n)));
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    // As it is stored: the digest is one of sha256.
    await by.pushManifest(BIG, `pushed-${call}`, { ...image, mediaType });
    for (let status: string | undefined; status !== 'COMPLETE'; await sleep(5)) {
      status = await statusOf(by, image.digest);
      if (status === 'FAILED') throw new Error('a push was not signed');
    }
  });
}

async function upkeep({ by, note }: Subject): Promise<void> {
  const admin = adminClient(() => ({ url: by.place.url, credentials: by.credentials }));
  const complete = async (path: string, query = '') => {
    const started = await admin('POST', `${path}${query}`);
    if (started.status !== 202) throw new Error(`${path}: ${started.status}`);
    for (;;) {
      await sleep(50);
      const { body } = await admin('GET', path);
      if (body['status'] === 'RUNNING') continue;
      if (body['status'] !== 'COMPLETE') throw new Error(JSON.stringify(body));
      return;
    }
  };
  await note('gc --dry-run', 1, () => complete('/admin/gc', '?dry-run=true'));
  await note('scrub', 1, () => complete('/admin/scrub'));
}

/** Fills the trail with n records of reads, and looks for a time of which there are none. */
async function audit({ n, server, by, noteCost }: Subject): Promise<void> {
  const authorization = await by.login();
  const { port } = server;
  const head = [`GET /v2/${MANY_TAGS}/manifests/${tagOf(1)} HTTP/1.1`, `host: localhost:${port}`];
  const lines = [...head, `authorization: ${authorization}`, 'accept: */*', '', ''];
  const requests = [Buffer.from(lines.join('\r\n'))];
  for (let records = 0; records < n; ) {
    const result = await load({ port, connections: 16, seconds: 0.5, requests });
    if (result.failures > 0) throw new Error('reads failed');
    records += result.requests;
  }
  await sleep(2000);
  const range = ['--from', '2020-01-01', '--until', '2020-01-02'];
  const command = ['audit', 'export', '--data-dir', server.dataDir, ...range];
  const cost = await costOfCommand(command, join(server.dataDir, '..', 'gauge.json'));
  noteCost('audit export of a day without records, n records, a process of its own', 1, cost);
}

async function deletions(subject: Subject): Promise<void> {
  const { n, by, note } = subject;
  await warmUp(subject);
  const authorization = await by.login();
  // Another order than that of their digests, which is chance.
  let next = 0;
  const remove = async () => {
    const path = `${by.place.url}/v2/${BIG}/manifests/${imageAt(n, next++)}`;
    const answer = await fetch(path, { method: 'DELETE', headers: { authorization } });
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
  };
  for (let call = 0; call < WARM_UP; call += 1) await remove();
  await note('delete of one signed image', 100, remove);
  await note('BatchDeleteImage of 100 signed images', 2, async () => {
    const imageIds = Array.from({ length: 100 }, () => ({ imageDigest: imageAt(n, next++) }));
    const { failures } = await must(by.ecr('BatchDeleteImage', { repositoryName: BIG, imageIds }));
    if ((failures as unknown[]).length > 0) throw new Error(JSON.stringify(failures).slice(0, 300));
  });
}

async function wholeRepository(subject: Subject): Promise<void> {
  const { server, by, note } = subject;
  using records = new DatabaseSync(join(server.dataDir, 'metadata.db'), { readOnly: true });
  const { id } = records.prepare('select id from repositories where name = ?').get(BIG) as { id: number };
  const rest = records.prepare('select 1 from images where repository_id = ? limit 1');
  await note('DeleteRepository (force) of the rest, until all of it is gone', 1, async () => {
    await must(by.ecr('DeleteRepository', { repositoryName: BIG, force: true }));
    while (rest.get(id) !== undefined) await sleep(50);
  });
}

async function measure(dataDir: string, n: number, rows: Row[], report: Report): Promise<void> {
  await prepare(dataDir);
  const began = performance.now();
  await fillGrowth(dataDir, n);
  console.log(`n = ${n}: filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const work of [reads, lists, pushes, upkeep, deletions, wholeRepository, audit]) {
    // A server of its own, so that none has the memory of the work before.
    const server = await startGaugedServer(dataDir);
    try {
      await work(subjectOf(server, n, rows, report));
    } finally {
      await server.stop();
    }
  }
}

function subjectOf(server: GaugedServer, n: number, rows: Row[], report: Report): Subject {
  const noteCost: Subject['noteCost'] = (what, calls, cost) => {
    let row = rows.find((one) => one.what === what);
    if (row === undefined) rows.push((row = { what, costs: new Map() }));
    row.costs.set(n, { ...cost, calls });
    report.note(`${what}, n = ${n}`, {
      calls,
      'CPU ms a call': Number((cost.cpuMs / calls).toFixed(2)),
      'longest stall ms': Number(cost.longestStallMs.toFixed(1)),
      'peak MiB': Math.round(cost.peakMiB),
      ...(cost.ownMiB === undefined ? {} : { 'of its own MiB': Math.round(cost.ownMiB) }),
    });
  };
  const note: Subject['note'] = async (what, calls, work) => {
    const cost = await server.costOf(async () => {
      for (let call = 0; call < calls; call += 1) await work(call);
    });
    noteCost(what, calls, cost);
  };
  return { n, server, by: reachOf(server), note, noteCost };
}

function print(rows: readonly Row[], sizes: readonly number[]): void {
  const cell = (cost: (Cost & { readonly calls: number }) | undefined) => {
    if (cost === undefined) return '';
    const own = cost.ownMiB === undefined ? cost.peakMiB : cost.ownMiB;
    const ms = cost.cpuMs / cost.calls;
    const cpu = ms < 100 ? ms.toPrecision(2) : Math.round(ms).toLocaleString('en-US');
    return `${cpu}; ${Math.round(cost.longestStallMs)}; ${Math.round(own)}`;
  };
  const titles = sizes.map((n) => n.toLocaleString('en-US'));
  console.log(`\n| CPU ms a call; longest stall, ms; memory of its own, MiB | ${titles.join(' | ')} |`);
  console.log(`| --- |${' --- |'.repeat(sizes.length)}`);
  for (const { what, costs } of rows)
    console.log(`| ${what} | ${sizes.map((n) => cell(costs.get(n))).join(' | ')} |`);
}

export async function benchGrowth({ quick, report, sizes: given }: BenchOptions): Promise<void> {
  const sizes = given ?? (quick ? [1000] : SIZES);
  const rows: Row[] = [];
  for (const n of sizes) {
    const directory = await mkdtemp(join(tmpdir(), 'sealport-bench-growth-'));
    try {
      await measure(join(directory, 'data'), n, rows, report);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  print(rows, sizes);
}
