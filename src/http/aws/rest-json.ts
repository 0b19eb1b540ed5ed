// AWS REST JSON: an operation is a method and a path; members travel in the path, the query and the body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestMeta } from '../surface.ts';
import { answer, type RenderError } from './answer.ts';
import { call, type Service } from './dispatch.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import { parseJsonObject } from './parse-json.ts';
import { MalformedInputError, readStructure } from './shapes.ts';
import { WireError } from './wire-error.ts';

const CONTENT_TYPE = 'application/json';

const renderError: RenderError = (error) => ({
  body: { ...error.members, message: error.message, code: error.code },
  headers: { 'x-amzn-ErrorType': error.code },
});

interface Route {
  readonly operation: string;
  readonly method: string;
  /** Literal segments, or the member that a segment is. */
  readonly segments: readonly ({ readonly literal: string } | { readonly member: string })[];
}

function makeRoutes(model: ServiceModel): readonly Route[] {
  const routes = Object.entries(model.operations).map(([operation, { method, uri }]) => ({
    operation,
    method,
    segments: uri
      .split('/')
      .slice(1)
      .map((segment) => (segment.startsWith('{') ? { member: segment.slice(1, -1) } : { literal: segment })),
  }));
  // Literals first: /signing-jobs/with-payload is not a job's id.
  const labels = (route: Route) => route.segments.filter((segment) => 'member' in segment).length;
  return routes.sort((a, b) => labels(a) - labels(b));
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new MalformedInputError(`The ${what} is not valid percent-encoding`, { cause });
  }
}

function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly operation: string; readonly labels: ReadonlyMap<string, string> } | undefined {
  const parts = path.split('/').slice(1);
  for (const route of routes) {
    if (route.method !== method || route.segments.length !== parts.length) continue;
    const labels = new Map<string, string>();
    const fits = route.segments.every((segment, at) => {
      const part = parts[at] ?? '';
      if ('literal' in segment) return segment.literal === part;
      labels.set(segment.member, part);
      return part !== '';
    });
    if (fits) return { operation: route.operation, labels };
  }
  return undefined;
}

function parseQuery(query: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const part of query === '' ? [] : query.split('&')) {
    const at = part.indexOf('=');
    const key = decode(at < 0 ? part : part.slice(0, at), 'query string');
    // A plus sign stays one: the signature reads the query this way, and both must see the same value.
    const value = at < 0 ? '' : decode(part.slice(at + 1), 'query string');
    const list = values.get(key);
    if (list === undefined) values.set(key, [value]);
    else list.push(value);
  }
  return values;
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/i;

/** Epoch seconds, or NaN. */
function parseTime(text: string): number {
  if (/^\d{1,12}(?:\.\d+)?$/.test(text)) return Number(text);
  return RFC_3339.test(text) ? Date.parse(text) / 1000 : Number.NaN;
}

/** A query parameter as a JSON value of its shape, to be checked by the walker. */
function fromText(model: ServiceModel, shapeName: string, values: readonly string[], path: string): unknown {
  const shape = model.shapes[shapeName];
  if (shape?.type === 'list') {
    return values.map((value) => fromText(model, shape.member, [value], path));
  }
  const [value] = values;
  if (value === undefined || values.length > 1) throw new MalformedInputError(`'${path}' must be there once`);
  switch (shape?.type) {
    case 'string':
      return value;
    case 'boolean':
      if (value !== 'true' && value !== 'false')
        throw new MalformedInputError(`'${path}' must be true or false`);
      return value === 'true';
    case 'integer':
      if (!/^-?\d{1,15}$/.test(value)) throw new MalformedInputError(`'${path}' must be a whole number`);
      return Number(value);
    case 'timestamp': {
      // Queries carry RFC 3339 times; some clients send epoch seconds.
      const seconds = value.length > 40 ? Number.NaN : parseTime(value);
      if (Number.isNaN(seconds)) throw new MalformedInputError(`'${path}' must be a time`);
      return seconds;
    }
    default:
      throw new Error(`a ${shape?.type} cannot travel in a query`);
  }
}

function readInput(
  model: ServiceModel,
  operation: string,
  labels: ReadonlyMap<string, string>,
  query: string,
  body: Uint8Array,
): object {
  const shapeName = model.operations[operation]?.input ?? '';
  const shape = model.shapes[shapeName];
  if (shape?.type !== 'structure') throw new Error(`no input shape for ${operation}`);
  const parameters = parseQuery(query);
  const document = parseJsonObject(body);
  const given = (name: string): unknown => {
    const member: MemberModel | undefined = shape.members[name];
    const wireName = member?.locationName ?? name;
    if (member?.location === 'uri') {
      const label = labels.get(wireName);
      return label === undefined ? undefined : decode(label, 'path');
    }
    if (member?.location === 'querystring') {
      const values = parameters.get(wireName);
      return values === undefined ? undefined : fromText(model, member.shape, values, name);
    }
    return Object.hasOwn(document, name) ? document[name] : undefined;
  };
  return readStructure(model, shape, given, '');
}

/** Makes the surface of a service that speaks REST JSON. */
export function makeRestJson<S>(service: Service<S>) {
  const routes = makeRoutes(service.model);
  return async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    meta: RequestMeta,
  ): Promise<void> {
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const query = mark < 0 ? '' : target.slice(mark + 1);
    const match = matchRoute(routes, request.method ?? 'GET', path);
    const common = { service, response, meta, contentType: CONTENT_TYPE, renderError };
    if (match === undefined) {
      const error = new WireError(
        'UnknownOperationException',
        404,
        `There is no operation ${request.method} ${path.slice(0, 200)}`,
      );
      await answer({ ...common, name: 'unknown', run: () => Promise.reject(error) });
      return;
    }
    await answer({
      ...common,
      name: match.operation,
      run: (seen) =>
        call(
          service,
          match.operation,
          request,
          meta,
          (body) => readInput(service.model, match.operation, match.labels, query, body),
          seen,
        ),
    });
  };
}
