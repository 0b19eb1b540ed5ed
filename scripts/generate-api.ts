// Makes src/http/{ecr,signer,iam,sts}/generated from the wire models in api/: TypeScript types of every shape, and the
// compact description that the walker (src/http/aws/shapes.ts) interprets.
// `--check` writes nothing and fails when a generated file is not what the models say.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface RawShape {
  readonly type: string;
  readonly members?: Record<string, { shape: string; location?: string; locationName?: string }>;
  readonly required?: string[];
  readonly member?: { shape: string };
  readonly key?: { shape: string };
  readonly value?: { shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: string[];
  readonly exception?: boolean;
  readonly fault?: boolean;
  readonly error?: { code?: string; httpStatusCode?: number };
}

interface RawModel {
  readonly metadata: { apiVersion: string; protocol: string; xmlNamespace?: string };
  readonly operations: Record<
    string,
    {
      http: { method: string; requestUri: string };
      input: { shape: string };
      output?: { shape: string };
      errors?: { shape: string }[];
    }
  >;
  readonly shapes: Record<string, RawShape>;
}

interface PatternReplacements {
  readonly [service: string]: { readonly [shape: string]: { readonly check: string } };
}

const root = join(import.meta.dirname, '..');
const header = (service: string) =>
  `// Made by scripts/generate-api.ts from api/${service}.json. Do not edit.\n`;

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

/** Shapes that a client sends or receives; errors are left out. */
function dataShapes(model: RawModel): [string, RawShape][] {
  return Object.entries(model.shapes)
    .filter(([, shape]) => shape.exception !== true)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** How a shape is written where it is used: structures and enums by name, the rest in place. */
function reference(model: RawModel, name: string): string {
  const shape = model.shapes[name];
  switch (shape?.type) {
    case 'structure':
      return name;
    case 'list':
      return `readonly ${reference(model, shape.member?.shape ?? '')}[]`;
    case 'map':
      return `Readonly<Record<string, ${reference(model, shape.value?.shape ?? '')}>>`;
    case 'string':
      return shape.enum === undefined ? 'string' : name;
    case 'blob':
      return 'Uint8Array';
    case 'boolean':
      return 'boolean';
    // Timestamps are epoch milliseconds inside; the walker writes what the protocol asks for.
    case 'timestamp':
    case 'integer':
    case 'long':
    case 'double':
      return 'number';
    default:
      throw new Error(`no type for ${name}`);
  }
}

function declaration(model: RawModel, name: string, shape: RawShape): string | undefined {
  if (shape.type === 'string' && shape.enum !== undefined) {
    return `export type ${name} = ${shape.enum.map((value) => `'${value}'`).join(' | ')};\n`;
  }
  if (shape.type !== 'structure') return undefined;
  const members = Object.entries(shape.members ?? {}).map(([member, { shape: of }]) =>
    shape.required?.includes(member)
      ? `  readonly ${member}: ${reference(model, of)};\n`
      : `  readonly ${member}?: ${reference(model, of)} | undefined;\n`,
  );
  return `export type ${name} = ${members.length === 0 ? 'Record<never, never>' : `{\n${members.join('')}}`};\n`;
}

function typesFile(service: string, model: RawModel): string {
  const types = dataShapes(model).flatMap(([name, shape]) => declaration(model, name, shape) ?? []);
  const operations = Object.entries(model.operations).map(([name, operation]) => {
    const errors = (operation.errors ?? []).map((error) => `'${error.shape}'`).join(' | ');
    return `  readonly ${name}: {\n    readonly input: ${operation.input.shape};\n    readonly output: ${operation.output?.shape ?? 'Record<never, never>'};\n    readonly errors: ${errors || 'never'};\n  };\n`;
  });
  return `${header(service)}\n${types.join('\n')}\n/** Every operation of the service: what goes in, what comes out, what it may throw. */\nexport type Operations = {\n${operations.join('')}};\n`;
}

/** A member without the notes that concern SDKs alone. */
function compactMember({
  shape,
  location,
  locationName,
}: {
  shape: string;
  location?: string;
  locationName?: string;
}) {
  return {
    shape,
    ...(location === undefined ? {} : { location }),
    ...(locationName === undefined ? {} : { locationName }),
  };
}

function compactShape(
  service: string,
  name: string,
  shape: RawShape,
  patterns: PatternReplacements,
): Record<string, unknown> {
  const { type, min, max, required } = shape;
  const bounds = { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  switch (type) {
    case 'structure':
      return {
        type,
        members: Object.fromEntries(
          Object.entries(shape.members ?? {}).map(([member, of]) => [member, compactMember(of)]),
        ),
        ...(required === undefined || required.length === 0 ? {} : { required }),
      };
    case 'list':
      return { type, member: shape.member?.shape, ...bounds };
    case 'map':
      return { type, key: shape.key?.shape, value: shape.value?.shape, ...bounds };
    case 'string': {
      const check = patterns[service]?.[name]?.check;
      return {
        type,
        ...bounds,
        ...(shape.pattern === undefined ? {} : { pattern: shape.pattern }),
        ...(check === undefined ? {} : { check }),
        ...(shape.enum === undefined ? {} : { enum: shape.enum }),
      };
    }
    default:
      return { type, ...bounds };
  }
}

function modelFile(service: string, model: RawModel, patterns: PatternReplacements): string {
  const shapes = Object.fromEntries(
    dataShapes(model).map(([name, shape]) => [name, compactShape(service, name, shape, patterns)]),
  );
  const operations = Object.fromEntries(
    Object.entries(model.operations).map(([name, operation]) => [
      name,
      {
        method: operation.http.method,
        uri: operation.http.requestUri,
        input: operation.input.shape,
        ...(operation.output === undefined ? {} : { output: operation.output.shape }),
        errors: (operation.errors ?? []).map((error) => error.shape),
      },
    ]),
  );
  const errorStatus = Object.fromEntries(
    Object.entries(model.shapes)
      .filter(([, shape]) => shape.exception === true)
      .map(([name, shape]) => [name, shape.error?.httpStatusCode ?? (shape.fault === true ? 500 : 400)]),
  );
  const { protocol, apiVersion, xmlNamespace } = model.metadata;
  const codes = Object.fromEntries(
    Object.entries(model.shapes).flatMap(([name, shape]) =>
      shape.exception === true && shape.error?.code !== undefined ? [[name, shape.error.code]] : [],
    ),
  );
  const query =
    protocol === 'query'
      ? `  query: ${JSON.stringify({ version: apiVersion, namespace: xmlNamespace, errorCodes: codes })},\n`
      : '';
  const lines = (entries: object) =>
    Object.entries(entries)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},\n`)
      .join('');
  return `${header(service)}import type { ServiceModel } from '../../aws/model.ts';\n\nexport const model: ServiceModel = {\n  shapes: {\n${lines(shapes)}  },\n  operations: {\n${lines(operations)}  },\n  errorStatus: {\n${lines(errorStatus)}  },\n${query}};\n`;
}

function generate(): Map<string, string> {
  const patterns = readJson('api/patterns.json') as PatternReplacements;
  const files = new Map<string, string>();
  for (const service of ['ecr', 'signer', 'iam', 'sts']) {
    const model = readJson(`api/${service}.json`) as RawModel;
    files.set(`src/http/${service}/generated/types.ts`, typesFile(service, model));
    files.set(`src/http/${service}/generated/model.ts`, modelFile(service, model, patterns));
  }
  return files;
}

const stale: string[] = [];
for (const [path, text] of generate()) {
  const target = join(root, path);
  if (process.argv.includes('--check')) {
    let current = '';
    try {
      current = readFileSync(target, 'utf8');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
    if (current !== text) stale.push(path);
  } else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}
if (stale.length > 0) {
  console.error(`not what api/ says, run "npm run generate": ${stale.join(', ')}`);
  process.exitCode = 1;
}
