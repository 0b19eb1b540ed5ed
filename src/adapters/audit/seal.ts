// Lines with a MAC. A seal vouches for itself and, because each line holds the hash of the one before, for all lines
// before it: a chain that was computed again without the key has no seal that fits.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { beginningAfter, type ChainPoint, type KeyedNote, type Note, type ReadLine, stored } from './line.ts';

/** A key of a master key, by that key's id. */
export interface AuditKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/** Lines without a seal, one after the other, at most. */
export const MAX_UNSEALED = 1024;

const END = /,"mac":"([0-9a-f]{64})"\}\}$/;

function macOf(log: string, text: string, { key }: AuditKey): Buffer {
  return createHmac('sha256', key).update(`sealport-audit-line/1\n${log}\n${text}`).digest();
}

/** `at`: epoch ms. `log`: of the log that the line is for. */
export function keyedLine(
  after: ChainPoint,
  note: KeyedNote,
  at: number,
  log: string,
  key: AuditKey,
): { readonly line: string; readonly point: ChainPoint } {
  const members = JSON.stringify({ ...note, at: new Date(at).toISOString(), key: key.id }).slice(0, -1);
  const text = `${beginningAfter(after)}"note":${members}`;
  return stored(after, `${text},"mac":"${macOf(log, text, key).toString('hex')}"}}`);
}

/** `unknown key`: it may be of a master key that is gone; only a good seal behind it can tell. */
export type SealCheck = 'good' | 'bad' | 'unknown key';

/** Whether a line with a keyed note was written by who had one of the keys, for this log. */
export function checkSeal(line: ReadLine, note: Note, log: string, keys: readonly AuditKey[]): SealCheck {
  const { key: id } = note as { readonly key?: unknown };
  const match = END.exec(line.text);
  if (match === null || typeof id !== 'string') return 'bad';
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined) return 'unknown key';
  const wanted = macOf(log, line.text.slice(0, match.index), key);
  return timingSafeEqual(Buffer.from(match[1] ?? '', 'hex'), wanted) ? 'good' : 'bad';
}
