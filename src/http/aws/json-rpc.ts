// AWS JSON 1.1: every operation is a POST to `/`, named by the X-Amz-Target header.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RequestMeta } from '../surface.ts';
import { answer, type Protocol } from './answer.ts';
import { call, isLargeBody, type Seen, type Service } from './dispatch.ts';
import { parseJsonObject, renderJsonOutput } from './json.ts';
import { readShape } from './shapes.ts';
import { WireError } from './wire-error.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

const protocol: Protocol = {
  contentType: CONTENT_TYPE,
  renderOutput: renderJsonOutput,
  // SDKs take the code from `__type`, bare; modelled extra members stand beside the message.
  renderError: (_model, { code, status, members }) => ({
    status,
    code,
    body: (message) => JSON.stringify({ __type: code, ...members, message }),
  }),
};

function operationName(request: IncomingMessage, targetPrefix: string, known: object): string {
  const target = request.headers['x-amz-target'];
  const text = typeof target === 'string' ? target : '';
  const name = text.startsWith(`${targetPrefix}.`) ? text.slice(targetPrefix.length + 1) : '';
  if (name === '' || !Object.hasOwn(known, name)) {
    throw new WireError(
      'UnknownOperationException',
      404,
      `There is no operation '${text.slice(0, 200)}'; X-Amz-Target must be ${targetPrefix}.<Operation>`,
    );
  }
  return name;
}

function checkHead(request: IncomingMessage): void {
  if (request.method !== 'POST') {
    throw new WireError('MethodNotAllowedException', 405, 'Operations of this API are POST requests to /');
  }
  const [type] = (request.headers['content-type'] ?? '').split(';', 1);
  if (type?.trim().toLowerCase() !== CONTENT_TYPE) {
    throw new WireError('UnsupportedMediaTypeException', 415, `The Content-Type must be ${CONTENT_TYPE}`);
  }
}

async function inTurns(body: Buffer, check: (value: unknown) => object): Promise<object> {
  const value = parseJsonObject(body);
  await nextTurn();
  return check(value);
}

/** Makes the surface of a service that speaks AWS JSON 1.1. */
export function makeJsonRpc<S>(service: Service<S>, targetPrefix: string) {
  return async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    meta: RequestMeta,
  ): Promise<void> {
    const seen: Seen = { operation: 'unknown' };
    await answer({
      service,
      protocol,
      seen,
      response,
      meta,
      run: async () => {
        checkHead(request);
        const name = operationName(request, targetPrefix, service.operations);
        seen.operation = name;
        const { input } = service.model.operations[name] ?? { input: '' };
        const check = (value: unknown) => readShape(service.model, input, value, '') as object;
        return call(service, request, meta, seen, (body) => ({
          name,
          input: () => (isLargeBody(body) ? inTurns(body, check) : check(parseJsonObject(body))),
        }));
      },
    });
  };
}
