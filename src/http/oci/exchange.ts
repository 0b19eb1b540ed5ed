// One request to /v2 as its handlers see it: authenticated, its route known.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../../domain/access/index.ts';
import type { Registry, RepositoryName } from '../../domain/registry/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';
import { endAnswer, writeHead } from '../answers.ts';
import type { BodyRules } from '../read-body.ts';
import type { BufferPool } from './buffer-pool.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** The registry that the login is for. */
  readonly registry: RegistryKey;
  /** undefined for a signed download address, which names nobody. */
  readonly caller: Caller | undefined;
  /** Whether the caller may do this to a repository of the registry. */
  may(action: string, repositoryName: string): Promise<boolean>;
}

/** What handlers work with. */
export interface OciServices {
  readonly registry: Registry;
  readonly buffers: BufferPool;
  readonly bodies: BodyRules;
}

export function named(exchange: Exchange, repositoryName: string): RepositoryName {
  return { registry: exchange.registry, repositoryName };
}

/** What a handler that changed something gives back: it is sent once the audit has it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
): void {
  // 204 and 304 have no length of their own.
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': '0' };
  writeHead(response, status, { ...headers, ...length });
  endAnswer(response);
}
