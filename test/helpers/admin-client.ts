// Requests to the operator's surface, signed as its clients sign them, or not quite.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { signRequest } from '../../src/http/auth/sigv4-canonical.ts';
import type { TestCredentials } from './api-client.ts';

export interface AdminRequest {
  readonly credentials?: TestCredentials;
  readonly service?: string;
  readonly body?: string;
  readonly unsigned?: true;
  /** Another server. */
  readonly to?: string;
}

export interface AdminAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export type SendAdmin = (method: string, target: string, options?: AdminRequest) => Promise<AdminAnswer>;

/** `server` may be started later; `now` gives the time that requests are signed with, epoch ms. */
export function adminClient(
  server: () => { readonly url: string; readonly credentials: TestCredentials },
  now: () => number = Date.now,
): SendAdmin {
  return async (method, target, options = {}) => {
    const body = Buffer.from(options.body ?? '');
    const to = options.to ?? server().url;
    const headers = signRequest({
      ...(options.credentials ?? server().credentials),
      method,
      target,
      headers: { host: new URL(to).host },
      body,
      region: 'us-east-1',
      service: options.service ?? 'sealport',
      now: now(),
    });
    const answer = await fetch(`${to}${target}`, {
      method,
      ...(options.unsigned ? {} : { headers }),
      ...(body.length === 0 ? {} : { body }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
}

/** Begins work at a path and gives what the server tells of it at its end. */
export async function runOf(send: SendAdmin, path: string, query = ''): Promise<AdminAnswer['body']> {
  const started = await send('POST', `${path}${query}`);
  assert.equal(started.status, 202, JSON.stringify(started.body));
  for (let tries = 0; tries < 500; tries += 1) {
    const { body } = await send('GET', path);
    assert.equal(body['id'], started.body['id']);
    if (body['status'] !== 'RUNNING') return body;
    await sleep(10);
  }
  return assert.fail(`${path} does not end`);
}
