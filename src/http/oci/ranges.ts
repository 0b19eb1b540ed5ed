// Byte ranges: `Range` on a download (RFC 9110, section 14) and `Content-Range` on a chunk, which the distribution
// specification writes in its own way (`<first>-<last>`, no unit and no total).

export type RangeRequest =
  | { readonly kind: 'whole' }
  /** `to` is exclusive. */
  | { readonly kind: 'part'; readonly from: number; readonly to: number }
  | { readonly kind: 'unsatisfiable' };

const SINGLE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/** One range of a blob. Several ranges, or another unit, are answered with the whole (which a server may). */
export function rangeOf(header: string | undefined, sizeBytes: number): RangeRequest {
  const match = header === undefined || header.length > 64 ? null : SINGLE_RANGE.exec(header.trim());
  if (match === null) return { kind: 'whole' };
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') {
    const suffix = Number(last);
    if (suffix === 0 || sizeBytes === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', from: Math.max(sizeBytes - suffix, 0), to: sizeBytes };
  }
  const from = Number(first);
  const to = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  // An end before the beginning is malformed; whoever sends it has lost count and must be told.
  if (from >= sizeBytes || to <= from) return { kind: 'unsatisfiable' };
  return { kind: 'part', from, to };
}

const CONTENT_RANGE = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d{1,15}|\*))?$/;

export type ChunkRange =
  | { readonly kind: 'absent' }
  | { readonly kind: 'chunk'; readonly first: number; readonly last: number }
  | { readonly kind: 'malformed' };

/** The `Content-Range` of a chunk; both ends inclusive. */
export function chunkRangeOf(header: string | undefined): ChunkRange {
  if (header === undefined) return { kind: 'absent' };
  const match = header.length > 64 ? null : CONTENT_RANGE.exec(header.trim());
  if (match === null) return { kind: 'malformed' };
  const first = Number(match[1]);
  const last = Number(match[2]);
  return last < first ? { kind: 'malformed' } : { kind: 'chunk', first, last };
}

/** Whether `If-None-Match` names this digest: quoted, weak or bare. */
export function matchesEtag(header: string | undefined, digest: string): boolean {
  if (header === undefined || header.length > 8192) return false;
  return header.split(',').some((entry) => {
    const tag = entry.trim().replace(/^W\//, '').replaceAll('"', '');
    return tag === digest || tag === '*';
  });
}
