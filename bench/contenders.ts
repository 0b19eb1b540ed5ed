// Who is measured side by side: sealport, registries of others, nginx with the same files, a bare node:http server.
// Each runs as a process of its own on a directory of its own, with a repository `bench/app`.
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCredentialsFile } from '../src/config/index.ts';
import { apiClient } from '../test/helpers/api-client.ts';
import { clientPath } from '../test/interop/harness/clients.ts';
import {
  freePort,
  PROGRAM,
  type RunningProgram,
  startProgram,
  startServerProcess,
  type TlsFiles,
} from './server-process.ts';

export const REPOSITORY = 'bench/app';

/** sealport that keeps no record of a pull in its audit trail: the others have no such thing. */
export const NO_READS = 'sealport, reads not audited';

/** sealport with a second thread for pulls: this machine has two cores. */
export const TWO_THREADS = 'sealport, a read thread';

export type ContenderName =
  | 'sealport'
  | typeof TWO_THREADS
  | typeof NO_READS
  | 'docker-registry'
  | 'distribution v3'
  | 'nginx'
  | 'node:http';

export interface Contender extends RunningProgram {
  readonly name: ContenderName;
  readonly version: string;
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  /** What every request carries, as header lines: the login. */
  readonly headers: readonly string[];
}

export interface Place {
  readonly dir: string;
  readonly tls?: TlsFiles;
}

function firstLine(command: string, args: readonly string[]): string {
  const [line = ''] = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).split('\n');
  return line;
}

/** The version of a registry written in Go and of the Go that built it, whose SHA-256 it has. */
function goVersions(program: string): string {
  const own = firstLine(program, ['--version']).split(' ').slice(-1)[0] ?? '';
  const go = /go\d\S*/.exec(firstLine('go', ['version', program]))?.[0] ?? 'an unknown Go';
  return `${own}, ${go}`;
}

async function sealport(
  name: ContenderName,
  flags: readonly string[],
  { dir, tls }: Place,
): Promise<Contender> {
  // The login comes over HTTP: a client of ours does not know the certificate of a TLS port.
  const first = await startServerProcess(dir);
  const credentials = readCredentialsFile(join(dir, 'credentials'));
  if (credentials === undefined) throw new Error('the server made no credentials');
  const client = apiClient({ url: first.url, credentials, region: 'us-east-1' });
  const { status, body } = await client.ecr('CreateRepository', { repositoryName: REPOSITORY });
  const there = body['__type'] === 'RepositoryAlreadyExistsException';
  if (status !== 200 && !there) throw new Error(`CreateRepository: ${status} ${JSON.stringify(body)}`);
  const authorization = await client.login();
  await first.stop();
  const server = await startServerProcess(dir, { flags, ...(tls === undefined ? {} : { tls }) });
  const version = `${firstLine(process.execPath, [PROGRAM, '--version'])}, Node ${process.version}`;
  return { ...server, name, version, dir, headers: [`Authorization: ${authorization}`] };
}

/** Version 3 sends traces to a collector when nobody tells it otherwise. */
const NO_TRACES = { OTEL_TRACES_EXPORTER: 'none' };

async function distribution(name: ContenderName, program: string, { dir, tls }: Place): Promise<Contender> {
  const port = await freePort();
  const config = [
    'version: 0.1',
    'log: {level: warn, accesslog: {disabled: true}}',
    'storage:',
    '  cache: {blobdescriptor: inmemory}',
    '  delete: {enabled: true}',
    `  filesystem: {rootdirectory: ${JSON.stringify(join(dir, 'storage'))}}`,
    'http:',
    '  secret: bench',
    `  addr: 127.0.0.1:${port}`,
    ...(tls === undefined ? [] : [`  tls: {certificate: ${tls.cert}, key: ${tls.key}}`]),
  ].join('\n');
  const file = join(dir, 'config.yml');
  await writeFile(file, config);
  const url = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`;
  const running = await startProgram(program, ['serve', file], `${url}/v2/`, NO_TRACES);
  return { ...running, name, version: goVersions(program), port, url, dir, headers: [] };
}

async function nginx({ dir, tls }: Place): Promise<Contender> {
  const port = await freePort();
  const root = join(dir, 'root');
  await mkdir(join(root, 'v2'), { recursive: true });
  await writeFile(join(root, 'v2', 'index.html'), '{}');
  const program = clientPath('nginx');
  const config = `
    daemon off; worker_processes 1; pid ${dir}/nginx.pid; error_log stderr error; user root;
    events { worker_connections 1024; }
    http {
      access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000;
      open_file_cache max=1000; default_type application/vnd.oci.image.manifest.v1+json;
      client_body_temp_path ${dir}/tmp1; proxy_temp_path ${dir}/tmp2; fastcgi_temp_path ${dir}/tmp3;
      uwsgi_temp_path ${dir}/tmp4; scgi_temp_path ${dir}/tmp5;
      ${tls === undefined ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.2 TLSv1.3;`}
      server { listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'}; root ${root}; }
    }`;
  const file = join(dir, 'nginx.conf');
  await writeFile(file, config);
  const url = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`;
  const running = await startProgram(program, ['-c', file], `${url}/v2/`);
  const version =
    /nginx\/(\S+)/.exec(execFileSync('sh', ['-c', `${program} -v 2>&1`], { encoding: 'utf8' }))?.[1] ?? '';
  return { ...running, name: 'nginx', version, port, url, dir, headers: [] };
}

/** The least that Node does for an answer of the size of a manifest: what is left for a server to add to. */
const BARE = `
  const body = Buffer.alloc(Number(process.argv[2]), 120);
  const type = 'application/vnd.oci.image.manifest.v1+json';
  require('node:http').createServer((request, response) => {
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
    response.end(body);
  }).listen(Number(process.argv[1]), '127.0.0.1');`;

export async function bareNode(dir: string, bodyBytes: number): Promise<Contender> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const running = await startProgram(process.execPath, ['-e', BARE, String(port), String(bodyBytes)], url);
  return { ...running, name: 'node:http', version: process.version, port, url, dir, headers: [] };
}

type Starter = (place: Place) => Promise<Contender>;

const starters: Readonly<Record<Exclude<ContenderName, 'node:http'>, () => Starter>> = {
  sealport: () => (place) => sealport('sealport', [], place),
  [TWO_THREADS]: () => (place) => sealport(TWO_THREADS, ['--read-threads', '1'], place),
  [NO_READS]: () => (place) => sealport(NO_READS, ['--audit', 'changes'], place),
  'docker-registry': () => {
    const program = clientPath('docker-registry');
    return (place) => distribution('docker-registry', program, place);
  },
  'distribution v3': () => {
    const program = clientPath('distribution');
    return (place) => distribution('distribution v3', program, place);
  },
  nginx: () => {
    clientPath('nginx');
    return nginx;
  },
};

/** Starts those that are installed; says which are not. */
export async function startContenders(
  names: readonly (keyof typeof starters)[],
  baseDir: string,
  tls?: TlsFiles,
): Promise<readonly Contender[]> {
  const started: Contender[] = [];
  for (const name of names) {
    let start: Starter;
    try {
      start = starters[name]();
    } catch (error) {
      console.log(`not measured: ${name} (${(error as Error).message} --bench)`);
      continue;
    }
    const dir = join(baseDir, name.replaceAll(/\W+/g, '-'));
    await mkdir(dir, { recursive: true });
    try {
      started.push(await start(tls === undefined ? { dir } : { dir, tls }));
    } catch (error) {
      await stopAll(started);
      throw error;
    }
  }
  return started;
}

export async function stopAll(contenders: readonly Contender[]): Promise<void> {
  for (const contender of contenders) await contender.stop();
}

/** A key and a certificate for localhost, of the kind that most servers have now. */
export function makeTlsFiles(dir: string): TlsFiles {
  const files = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const out = ['-keyout', files.key, '-out', files.cert];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, ...out], { stdio: 'pipe' });
  return files;
}
