// Blobs of a repository: download whole or in ranges, ask, delete (distribution-spec, end-2 and end-10).
import { type Digest, isDigest } from '../../shared/digest.ts';
import { endAnswer, writeHead } from '../answers.ts';
import { OciError, refuse } from './errors.ts';
import { type Answer, type Exchange, named, type OciServices, sendEmpty } from './exchange.ts';
import { matchesEtag, rangeOf } from './ranges.ts';
import { sendBlob } from './send-blob.ts';

/** The digest in a path or query. Throws OciError. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const shown = text.slice(0, 200);
  throw refuse(400, 'DIGEST_INVALID', `'${shown}' is not a digest that is supported (sha256 or sha512)`);
}

function headersOf(digest: Digest): Record<string, string> {
  return {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
    // Content never changes under its digest; whether the next caller may have it is another question.
    'Cache-Control': 'private, max-age=31536000',
    ETag: `"${digest}"`,
  };
}

export async function headBlob(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  text: string,
): Promise<void> {
  const digest = parseDigest(text);
  const { sizeBytes } = await registry.layers.find(named(exchange, repositoryName), digest);
  if (matchesEtag(exchange.request.headers['if-none-match'], digest)) {
    sendEmpty(exchange.response, 304, headersOf(digest));
    return;
  }
  writeHead(exchange.response, 200, { ...headersOf(digest), 'Content-Length': sizeBytes });
  endAnswer(exchange.response);
}

export async function getBlob(
  exchange: Exchange,
  { registry, buffers }: OciServices,
  repositoryName: string,
  text: string,
): Promise<void> {
  const { request, response } = exchange;
  const digest = parseDigest(text);
  const reader = await registry.layers.open(named(exchange, repositoryName), digest);
  const headers = headersOf(digest);
  const size = reader.sizeBytes;
  if (matchesEtag(request.headers['if-none-match'], digest)) {
    reader.close();
    sendEmpty(response, 304, headers);
    return;
  }
  const condition = request.headers['if-range'];
  const ranged = condition === undefined || matchesEtag(String(condition), digest);
  const range = rangeOf(ranged ? request.headers.range : undefined, size);
  switch (range.kind) {
    case 'unsatisfiable':
      reader.close();
      throw new OciError(
        416,
        {
          code: 'RANGE_INVALID',
          message: `The blob has ${size} bytes; the range asked for is not among them`,
        },
        { headers: { 'Content-Range': `bytes */${size}` } },
      );
    case 'whole':
      writeHead(response, 200, { ...headers, 'Content-Length': size });
      await sendBlob(response, reader, 0, size, buffers);
      return;
    case 'part':
      writeHead(response, 206, {
        ...headers,
        'Content-Length': range.to - range.from,
        'Content-Range': `bytes ${range.from}-${range.to - 1}/${size}`,
      });
      await sendBlob(response, reader, range.from, range.to, buffers);
  }
}

export async function deleteBlob(
  exchange: Exchange,
  { registry }: OciServices,
  repositoryName: string,
  text: string,
): Promise<Answer> {
  await registry.layers.delete(named(exchange, repositoryName), parseDigest(text));
  return { status: 202, headers: {} };
}
