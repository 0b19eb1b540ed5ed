// How large a refusal may be for what was sent.
import assert from 'node:assert/strict';
import { LEAST_REFUSAL_BYTES, MOST_REFUSAL_BYTES, REFUSAL_FACTOR } from '../../src/http/bounded-refusal.ts';

/** Fails when an answer is a refusal that is larger than its request of `sentBytes` (head and body) allows. */
export function assertBounded(
  sentBytes: number,
  answer: { readonly status: number; readonly bodyBytes: number },
  context: () => string,
): void {
  if (answer.status < 400) return;
  const allowed = Math.min(Math.max(REFUSAL_FACTOR * sentBytes, LEAST_REFUSAL_BYTES), MOST_REFUSAL_BYTES);
  assert.ok(
    answer.bodyBytes <= allowed,
    `a refusal of ${answer.bodyBytes} bytes for ${sentBytes}: ${context()}`,
  );
}
