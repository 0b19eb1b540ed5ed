// Runs a call and writes its answer, good or bad, and tells the listener how it ended. Shared by the protocols.
import type { ServerResponse } from 'node:http';
import type { Principal } from '../../domain/access/index.ts';
import { BodyAbortedError } from '../read-body.ts';
import type { RequestMeta } from '../surface.ts';
import { type CallResult, type Service, toWireError } from './dispatch.ts';
import type { WireError } from './wire-error.ts';

/** How a protocol writes an error. */
export type RenderError = (error: WireError) => {
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
};

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  headers: Readonly<Record<string, string>>,
  output: unknown,
): void {
  const body = output === undefined ? '' : JSON.stringify(output);
  response.writeHead(status, {
    ...headers,
    ...(output === undefined ? {} : { 'Content-Type': contentType }),
    'Content-Length': Buffer.byteLength(body),
  });
  // As text, so that head and body leave in one write.
  response.end(body);
}

/** `name` is the operation's, or what to call the request in the log when there is none. */
export async function answer<S>(options: {
  readonly service: Service<S>;
  readonly name: string;
  readonly response: ServerResponse;
  readonly meta: RequestMeta;
  readonly contentType: string;
  readonly renderError: RenderError;
  readonly run: (seen: (principal: Principal) => void) => Promise<CallResult>;
}): Promise<void> {
  const { service, name, response, meta } = options;
  let principal: Principal | undefined;
  const report = (status: number, error?: WireError, unexpected?: unknown) =>
    meta.report({
      operation: name,
      status,
      ...(error === undefined ? {} : { errorCode: error.code }),
      ...(unexpected === undefined ? {} : { unexpected }),
      ...(principal === undefined ? {} : { principal }),
    });
  const requestIdHeader = { 'x-amzn-RequestId': meta.requestId };
  try {
    const result = await options.run((proven) => {
      principal = proven;
    });
    send(response, result.status, options.contentType, requestIdHeader, result.output);
    report(result.status);
  } catch (thrown) {
    if (thrown instanceof BodyAbortedError) {
      response.destroy();
      report(499);
      return;
    }
    const error = toWireError(service, service.model.operations[name], thrown);
    const { body, headers } = options.renderError(error);
    send(response, error.status, options.contentType, { ...requestIdHeader, ...headers }, body);
    report(error.status, error, error.status >= 500 ? (error.cause ?? thrown) : undefined);
  }
}
