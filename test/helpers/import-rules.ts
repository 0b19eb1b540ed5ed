/**
 * The import table of ARCHITECTURE.md as code: which file of src may import what, and where the clock and the
 * environment may be read. It judges paths and source text only and must never load the code it judges.
 */
import { posix } from 'node:path';

/** A source file: its path relative to src, with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** What one row of the table allows. `files` gets the path of the imported file relative to src. */
interface Row {
  readonly name: string;
  readonly files: (path: string, typeOnly: boolean) => boolean;
  readonly builtins: 'all' | readonly string[];
  readonly packages: readonly string[];
}

// What can be computed without touching the outside world.
const pureBuiltins = [
  'node:assert',
  'node:assert/strict',
  'node:buffer',
  'node:crypto',
  'node:path',
  'node:stream',
  'node:util',
  'node:zlib',
];

const shared = (path: string): boolean => path.startsWith('shared/');
/** errors.ts and storage.ts: the vocabulary that all areas have in common. */
const domainTop = (path: string): boolean => /^domain\/[^/]+\.ts$/.test(path);
const domainDoor = (path: string): boolean => domainTop(path) || /^domain\/[^/]+\/index\.ts$/.test(path);
const ports = (path: string): boolean => /^domain\/.+\/(?:[a-z-]*ports|types)\.ts$/.test(path);
const httpTop = (path: string): boolean => /^http\/[^/]+\.ts$/.test(path);
const under = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

/** Which area of the domain may use which other areas; all of them through index.ts. */
const areas: Readonly<Record<string, readonly string[]>> = {
  access: [],
  audit: ['access'],
  pki: [],
  registry: ['access'],
  signing: ['access', 'audit', 'pki', 'registry'],
};

function domainRow(area: string): Row | undefined {
  const uses = areas[area];
  if (uses === undefined) return undefined;
  return {
    name: `domain/${area} may import shared, the top of domain, itself, and index.ts of: ${uses.join(', ') || 'no other area'}`,
    files: (path) =>
      shared(path) ||
      domainTop(path) ||
      under(`domain/${area}`, path) ||
      uses.some((use) => path === `domain/${use}/index.ts`),
    builtins: pureBuiltins,
    packages: area === 'pki' || area === 'signing' ? ['asn1js', 'cborg', 'pkijs'] : [],
  };
}

/** The npm packages that each adapter drives. */
const drivers: Readonly<Record<string, readonly string[]>> = {
  blobs: ['koffi'],
  metadata: ['kysely'],
  oidc: ['jose'],
};

function httpRow(folder: string): Row {
  const libraries = folder === 'auth' ? ['auth'] : ['auth', 'aws'];
  return {
    name: `http/${folder} may import shared, index.ts of domain areas, the top of http, and http/${libraries.join(', http/')}; no other surface, no adapter, no job`,
    files: (path) =>
      shared(path) ||
      domainDoor(path) ||
      httpTop(path) ||
      under(`http/${folder}`, path) ||
      libraries.some((library) => under(`http/${library}`, path)),
    builtins: 'all',
    packages: [],
  };
}

function rowOf(path: string): Row | undefined {
  const [first, second, third] = path.split('/');
  if (second === undefined) return rootRow(path);
  const folder = third === undefined ? undefined : second;
  switch (first) {
    case 'shared':
      return { name: 'shared may import Node only', files: shared, builtins: pureBuiltins, packages: [] };
    case 'domain':
      if (folder !== undefined) return domainRow(folder);
      return {
        name: 'the top of domain may import shared only',
        files: (p) => shared(p) || domainTop(p),
        builtins: pureBuiltins,
        packages: [],
      };
    case 'adapters':
      if (folder === undefined) return undefined;
      return {
        name: `adapters/${folder} may import shared, the ports and types of the domain, its driver, and adapters/files; no other adapter, http, jobs, config`,
        files: (p, typeOnly) =>
          shared(p) ||
          domainTop(p) ||
          ports(p) ||
          (typeOnly && domainDoor(p)) ||
          under('adapters/files', p) ||
          under(`adapters/${folder}`, p),
        builtins: 'all',
        packages: drivers[folder] ?? [],
      };
    case 'http':
      if (folder !== undefined) return httpRow(folder);
      return {
        name: 'the top of http may import shared, index.ts of domain areas and http/auth; no surface, adapter or job',
        files: (p) => shared(p) || domainDoor(p) || httpTop(p) || under('http/auth', p),
        builtins: 'all',
        packages: ['pino', 'prom-client'],
      };
    case 'jobs':
      return {
        name: 'jobs may import shared and index.ts of domain areas; no http, no adapter',
        files: (p) => shared(p) || domainDoor(p) || under('jobs', p),
        builtins: pureBuiltins,
        packages: [],
      };
    case 'read-threads':
      return {
        name: 'read-threads may import shared, config, log.ts, index.ts of domain areas and the top of http; no surface, adapter or job',
        files: (p, typeOnly) =>
          shared(p) ||
          domainTop(p) ||
          domainDoor(p) ||
          (typeOnly && httpTop(p)) ||
          under('config', p) ||
          under('read-threads', p),
        builtins: 'all',
        packages: ['pino'],
      };
    case 'config':
      return {
        name: 'config may import shared only',
        files: (p) => shared(p) || under('config', p),
        builtins: 'all',
        packages: ['yaml', 'zod'],
      };
    case 'cli':
      return {
        name: 'cli may import shared, config, compose.ts, compose-audit.ts, compose-keys.ts, compose-upkeep.ts, log.ts, index.ts of domain areas and of notary, and http/auth; no surface, adapter or job',
        files: (p) =>
          shared(p) ||
          p === 'domain/signing/notary/index.ts' ||
          under('config', p) ||
          p === 'compose.ts' ||
          p === 'compose-audit.ts' ||
          p === 'compose-keys.ts' ||
          p === 'compose-upkeep.ts' ||
          p === 'log.ts' ||
          domainDoor(p) ||
          under('http/auth', p) ||
          under('cli', p),
        builtins: 'all',
        packages: ['commander', 'yaml', 'zod'],
      };
    default:
      return undefined;
  }
}

function rootRow(path: string): Row | undefined {
  switch (path) {
    case 'main.ts':
      return {
        name: 'main.ts may import cli, config, compose.ts and shared',
        files: (p) => shared(p) || under('cli', p) || under('config', p) || p === 'compose.ts',
        builtins: 'all',
        packages: ['commander'],
      };
    case 'compose.ts':
      return {
        name: 'compose.ts may import everything but cli and the roots',
        files: (p) =>
          (p.includes('/') && !under('cli', p)) || /^(?:log|compose-audit|compose-keys)\.ts$/.test(p),
        builtins: 'all',
        packages: ['pino', 'prom-client'],
      };
    case 'compose-audit.ts':
    case 'compose-keys.ts':
    case 'compose-upkeep.ts':
      return {
        name: 'compose-audit.ts, compose-keys.ts and compose-upkeep.ts may import config, shared, adapters and index.ts of domain areas',
        files: (p) =>
          shared(p) ||
          under('config', p) ||
          under('adapters', p) ||
          domainDoor(p) ||
          p === 'compose-audit.ts',
        builtins: 'all',
        packages: ['pino'],
      };
    case 'log.ts':
      return {
        name: 'log.ts may import shared, the logger and adapters/log',
        files: (p) => shared(p) || under('adapters/log', p),
        builtins: 'all',
        packages: ['pino', 'pino-pretty'],
      };
    case 'read-thread.ts':
      return {
        name: 'read-thread.ts may import everything but cli, jobs and the other roots',
        files: (p) => (p.includes('/') && !under('cli', p) && !under('jobs', p)) || p === 'log.ts',
        builtins: 'all',
        packages: [],
      };
    case 'signing-worker.ts':
      return {
        name: 'signing-worker.ts may import the domain, adapters/keys, the messages of adapters/signing-pool, and shared',
        files: (p) =>
          shared(p) ||
          under('domain', p) ||
          under('adapters/keys', p) ||
          p === 'adapters/signing-pool/protocol.ts',
        builtins: 'all',
        packages: [],
      };
    default:
      return undefined;
  }
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
}

/** Every static, re-exporting and dynamic import of a text, in the order of their appearance. */
export function importsOf(text: string): readonly Import[] {
  const pattern =
    /\b(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;]*?\bfrom\s*)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;
  return [...withoutComments(text).matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  }));
}

const isTest = (path: string): boolean => path.endsWith('.test.ts');

function judgeImport(file: SourceFile, row: Row, { specifier, typeOnly }: Import): string | undefined {
  if (specifier.startsWith('node:')) {
    return row.builtins === 'all' || row.builtins.includes(specifier) ? undefined : `${specifier} does I/O`;
  }
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    return row.packages.includes(name) ? undefined : `package ${name}`;
  }
  const target = posix.join(posix.dirname(file.path), specifier);
  if (target.startsWith('..')) {
    return /^\.\.\/(?:api\/[\w.-]+|package)\.json$/.test(target) ? undefined : `${target}, outside src`;
  }
  if (isTest(target)) return `${target}, a test`;
  return row.files(target, typeOnly) ? undefined : target;
}

/** Reads that are only allowed in one place: the environment in config, the clock outside the domain. */
function judgeReads(file: SourceFile): readonly string[] {
  const text = withoutComments(file.text);
  const broken: string[] = [];
  if (!file.path.startsWith('config/') && /\bprocess\.env\b/.test(text)) {
    broken.push(`${file.path} reads process.env: only config may`);
  }
  if (file.path.startsWith('domain/')) {
    const own =
      /\b(?:Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|setTimeout\(|setInterval\()/.exec(
        text,
      );
    if (own !== null)
      broken.push(`${file.path} calls ${own[0]}: the domain has no clock or chance of its own`);
  }
  return broken;
}

/** Every sentence of the table that the files break, each naming the file, what it imports, and the row. */
export function brokenRules(files: readonly SourceFile[]): readonly string[] {
  const broken: string[] = [];
  for (const file of files) {
    // A test beside the source puts real parts together as it needs them; only the product is layered.
    if (isTest(file.path)) continue;
    const row = rowOf(file.path);
    if (row === undefined) {
      broken.push(`${file.path} is in no folder that the table knows`);
      continue;
    }
    for (const found of importsOf(file.text)) {
      const wrong = judgeImport(file, row, found);
      if (wrong !== undefined) broken.push(`${file.path} imports ${wrong}: ${row.name}`);
    }
    broken.push(...judgeReads(file));
  }
  return broken;
}
