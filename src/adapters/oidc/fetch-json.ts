// One small JSON document from an identity provider: bounded in time and size, never through a redirect.
const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;

/** Throws an error that says what went wrong; its message holds nothing of the answer. */
export async function fetchJson(url: URL): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, {
    redirect: 'error',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop early ends the connection.
  for await (const chunk of answer.body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`the answer has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (answer.status !== 200) throw new Error(`the answer has status ${answer.status}`);
  const document: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof document !== 'object' || document === null) throw new Error('the answer is no JSON object');
  return document as Record<string, unknown>;
}
