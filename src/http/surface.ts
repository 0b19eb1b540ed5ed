// What the listener and the surfaces agree on: a surface answers a request and tells how it went.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from '../domain/access/index.ts';
import type { AuditedCall } from '../domain/audit/index.ts';
import { endAnswer, writeHead } from './answers.ts';

/** How a request ended, for the log and the metrics. */
export interface RequestReport {
  /** From a closed set: an operation's name, a route's name, `unknown`. */
  readonly operation: string;
  readonly status: number;
  readonly errorCode?: string;
  /** What the client was told of a refusal: some do not show it to their users. */
  readonly reason?: string;
  /** What nobody expected: it is logged with its stack. */
  readonly unexpected?: unknown;
  readonly principal?: Principal;
  /** A signed address stands for a login. */
  readonly isSealed?: boolean;
  /** Another thread answered, and has logged and counted it. */
  readonly isPassedOn?: boolean;
}

/** The audit trail as a surface sees it; where the request came from is known. */
export interface RequestAudit {
  /** Before a change is begun. Throws StorageUnavailable when it could not be recorded. */
  requireReady(): void;
  /** Before the answer. Resolves when it may go out, rejects with StorageUnavailable when it may not. */
  record(call: AuditedCall): Promise<void>;
}

/** What the listener knows of a request before a surface looks at it. */
export interface RequestMeta {
  /** UUID, sent back to the client and written in the log. */
  readonly requestId: string;
  readonly sourceIp: string;
  /** Whether the client's connection is. */
  readonly isEncrypted: boolean;
  readonly audit: RequestAudit;
  /** Told once for each request. */
  readonly report: (report: RequestReport) => void;
}

/** Answers every request that it is given, whatever is in it; a rejection is a bug. */
export type Surface = (
  request: IncomingMessage,
  response: ServerResponse,
  meta: RequestMeta,
) => Promise<void>;

/** Sends a JSON document. A refusal is sent by bounded-refusal.ts instead. */
export function sendJson(
  response: ServerResponse,
  status: number,
  document: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(document);
  writeHead(response, status, {
    'Content-Type': 'application/json',
    ...headers,
    'Content-Length': Buffer.byteLength(body),
  });
  endAnswer(response, body);
}
