// AWS REST JSON: an operation is a method and a path; members travel in the path, the query and the body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestMeta } from '../surface.ts';
import { answer, type Protocol } from './answer.ts';
import { call, type Seen, type Service } from './dispatch.ts';
import { parseJsonObject, renderJsonOutput } from './json.ts';
import type { MemberModel, ServiceModel } from './model.ts';
import { MalformedInputError, readStructure } from './shapes.ts';
import { scalarFromText } from './text-values.ts';
import { WireError } from './wire-error.ts';

const protocol: Protocol = {
  contentType: 'application/json',
  renderOutput: renderJsonOutput,
  renderError: (_model, { code, status, members }) => ({
    status,
    code,
    headers: { 'x-amzn-ErrorType': code },
    body: (message) => JSON.stringify({ ...members, message, code }),
  }),
};

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

/** A query parameter as a JSON value of its shape, to be checked by the walker. */
function fromText(model: ServiceModel, shapeName: string, values: readonly string[], path: string): unknown {
  const shape = model.shapes[shapeName];
  if (shape?.type === 'list') {
    return values.map((value) => fromText(model, shape.member, [value], path));
  }
  const [value] = values;
  if (value === undefined || values.length > 1) throw new MalformedInputError(`'${path}' must be there once`);
  return scalarFromText(shape, value, path);
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
    const seen: Seen = { operation: match?.operation ?? 'unknown' };
    await answer({
      service,
      protocol,
      seen,
      response,
      meta,
      run: async () => {
        if (match === undefined) {
          throw new WireError(
            'UnknownOperationException',
            404,
            `There is no operation ${request.method} ${path.slice(0, 200)}`,
          );
        }
        return call(service, request, meta, seen, (body) => ({
          name: match.operation,
          input: () => readInput(service.model, match.operation, match.labels, query, body),
        }));
      },
    });
  };
}
