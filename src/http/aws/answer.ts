// Runs a call and writes its answer, good or bad, once the audit has it, and tells the listener how it ended. Shared by
// the protocols.
import type { ServerResponse } from 'node:http';
import { endAnswer, writeHead } from '../answers.ts';
import { sendRefused, shortened } from '../bounded-refusal.ts';
import { BodyAbortedError, BodyTimeoutError } from '../read-body.ts';
import type { RequestMeta } from '../surface.ts';
import { auditAnswer, auditRefusal } from './audit.ts';
import { type Seen, type Service, toWireError } from './dispatch.ts';
import type { ServiceModel } from './model.ts';
import type { WireError } from './wire-error.ts';

/** How a protocol writes answers. */
export interface Protocol {
  readonly contentType: string;
  /** The body of a good answer; empty for none. */
  renderOutput(model: ServiceModel, operation: string, output: object, requestId: string): string;
  renderError(model: ServiceModel, error: WireError): RenderedError;
}

export interface RenderedError {
  readonly status: number;
  /** The error's name as it is sent. */
  readonly code: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body with this message, which may be a part of the error's own. */
  readonly body: (message: string, requestId: string) => string;
}

/** `seen` says what is known of the call; `run` fills it in and gives the output. */
export async function answer<S>(options: {
  readonly service: Service<S>;
  readonly protocol: Protocol;
  readonly seen: Seen;
  readonly response: ServerResponse;
  readonly meta: RequestMeta;
  readonly run: () => Promise<object>;
}): Promise<void> {
  const { service, protocol, seen, response, meta } = options;
  const { model } = service;
  const requestIdHeader = { 'x-amzn-RequestId': meta.requestId };
  const contentType = { 'Content-Type': protocol.contentType };
  try {
    const output = await options.run();
    const body = protocol.renderOutput(model, seen.operation, output, meta.requestId);
    await auditAnswer(meta.audit, service.prefix, seen, output);
    writeHead(response, 200, {
      ...requestIdHeader,
      ...(body === '' ? {} : contentType),
      'Content-Length': Buffer.byteLength(body),
    });
    // As text, so that head and body leave in one write.
    endAnswer(response, body);
    meta.report({ ...reported(seen), status: 200 });
  } catch (thrown) {
    if (thrown instanceof BodyAbortedError) {
      response.destroy();
      meta.report({ ...reported(seen), status: 499 });
      return;
    }
    const error = toWireError(service, model.operations[seen.operation], thrown);
    const { status, code, headers, body } = protocol.renderError(model, error);
    // Nobody waits for the rest of a body that comes too slowly.
    if (thrown instanceof BodyTimeoutError) response.setHeader('Connection', 'close');
    await auditRefusal(meta.audit, service.prefix, seen, { status, code, message: error.message });
    sendRefused(response, status, { ...requestIdHeader, ...headers, ...contentType }, (room) =>
      body(shortened(error.message, room), meta.requestId),
    );
    meta.report({
      ...reported(seen),
      status,
      errorCode: code,
      reason: error.message,
      ...(status >= 500 ? { unexpected: error.cause ?? thrown } : {}),
    });
  }
}

function reported({ operation, principal }: Seen): Pick<Seen, 'operation' | 'principal'> {
  return { operation, ...(principal === undefined ? {} : { principal }) };
}
