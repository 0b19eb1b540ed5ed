// AWS Query: every operation is a form in a POST to `/`, named by its `Action`; answers and errors are XML. The
// names of errors that all services share are this protocol's own.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestMeta } from '../surface.ts';
import { answer, type Protocol } from './answer.ts';
import { call, type Seen, type Service } from './dispatch.ts';
import { parseForm, valueOfForm } from './form.ts';
import type { ServiceModel } from './model.ts';
import { readShape } from './shapes.ts';
import { WireError } from './wire-error.ts';
import { xmlContent, xmlElement, xmlText } from './xml.ts';

/** Shared errors: name and status here, by their name in the other protocols. Source: IAM API, "Common Errors". */
const COMMON: ReadonlyMap<string, readonly [code: string, status: number]> = new Map([
  ['AccessDeniedException', ['AccessDenied', 403]],
  ['ExpiredTokenException', ['ExpiredToken', 403]],
  ['IncompleteSignatureException', ['IncompleteSignature', 403]],
  ['InvalidSignatureException', ['SignatureDoesNotMatch', 403]],
  ['MissingAuthenticationTokenException', ['MissingAuthenticationToken', 403]],
  ['RequestEntityTooLargeException', ['RequestEntityTooLarge', 413]],
  ['RequestTimeoutException', ['RequestTimeout', 408]],
  ['SerializationException', ['MalformedInput', 400]],
  ['ThrottlingException', ['Throttling', 400]],
  ['UnknownOperationException', ['InvalidAction', 400]],
  ['UnrecognizedClientException', ['InvalidClientTokenId', 403]],
  ['ValidationException', ['ValidationError', 400]],
]);

function nameAndStatus(model: ServiceModel, error: WireError): readonly [code: string, status: number] {
  const code = model.query?.errorCodes[error.code];
  return code === undefined ? (COMMON.get(error.code) ?? [error.code, error.status]) : [code, error.status];
}

const protocol: Protocol = {
  contentType: 'text/xml',
  renderOutput(model, operation, output, requestId) {
    const shape = model.operations[operation]?.output;
    const result =
      shape === undefined ? '' : xmlElement(`${operation}Result`, xmlContent(model, shape, output));
    const metadata = xmlElement('ResponseMetadata', xmlElement('RequestId', xmlText(requestId)));
    return `<${operation}Response xmlns="${model.query?.namespace}">${result}${metadata}</${operation}Response>`;
  },
  renderError(model, error) {
    const [code, status] = nameAndStatus(model, error);
    return {
      status,
      code,
      body(message, requestId) {
        const facts =
          xmlElement('Type', status >= 500 ? 'Receiver' : 'Sender') +
          xmlElement('Code', xmlText(code)) +
          xmlElement('Message', xmlText(message));
        const content = xmlElement('Error', facts) + xmlElement('RequestId', xmlText(requestId));
        return `<ErrorResponse xmlns="${model.query?.namespace}">${content}</ErrorResponse>`;
      },
    };
  },
};

function operationName<S>(service: Service<S>, parameters: ReadonlyMap<string, string>): string {
  const version = service.model.query?.version;
  const name = parameters.get('Action');
  const given = parameters.get('Version');
  if (name === undefined)
    throw new WireError('MissingAction', 400, 'The request must contain the parameter Action');
  if (given !== version || !Object.hasOwn(service.operations, name))
    throw new WireError(
      'InvalidAction',
      400,
      `Could not find operation ${name.slice(0, 200)} for version ${(given ?? 'NO_VERSION_SPECIFIED').slice(0, 100)}`,
    );
  return name;
}

/** Makes the surface of a service that speaks AWS Query. */
export function makeQuery<S>(service: Service<S>) {
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
        if (request.method !== 'POST')
          throw new WireError('MethodNotAllowed', 405, 'Operations of this API are POST requests to /');
        return call(service, request, meta, seen, (body) => {
          const parameters = parseForm(body);
          const name = operationName(service, parameters);
          const input = service.model.operations[name]?.input ?? '';
          return {
            name,
            input: () =>
              readShape(service.model, input, valueOfForm(service.model, input, parameters), '') as object,
          };
        });
      },
    });
  };
}
