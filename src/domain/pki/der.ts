// The part of DER (X.690) that certificates need: a strict reader and a small writer. The reader takes no
// second spelling of a value (non-minimal lengths, trailing bytes, indefinite forms), so that equal
// meaning is equal bytes. It must never be made lenient.

/** One value: `bytes` is the whole of it, `content` without tag and length. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly bytes: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The bytes are not what they claim to be. */
export class DerError extends Error {
  override readonly name = 'DerError';
}

/** Reads exactly one value that fills `bytes`. Throws DerError. */
export function readDer(bytes: Uint8Array, tag?: number): DerValue {
  const value = readAt(bytes, 0);
  if (value.bytes.length !== bytes.length) throw new DerError('bytes after the end of the value');
  return tag === undefined ? value : expectTag(value, tag);
}

/** The values inside a constructed one. Throws DerError. */
export function readChildren(parent: DerValue): DerValue[] {
  if ((parent.tag & 0x20) === 0) throw new DerError('not a constructed value');
  const children: DerValue[] = [];
  for (let offset = 0; offset < parent.content.length; ) {
    const child = readAt(parent.content, offset);
    children.push(child);
    offset += child.bytes.length;
  }
  return children;
}

export function expectTag(value: DerValue | undefined, tag: number): DerValue {
  if (value === undefined) throw new DerError('a value is missing');
  if (value.tag !== tag)
    throw new DerError(`expected tag 0x${tag.toString(16)}, found 0x${value.tag.toString(16)}`);
  return value;
}

function readAt(bytes: Uint8Array, start: number): DerValue {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined) throw new DerError('value is cut short');
  if ((tag & 0x1f) === 0x1f) throw new DerError('long tags are not used here');
  let offset = start + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new DerError('length is indefinite or too long');
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[offset + i] ?? 0);
    if (bytes[offset] === 0 || length < 0x80) throw new DerError('length is not minimal');
    offset += count;
  }
  if (offset + length > bytes.length) throw new DerError('value is cut short');
  return {
    tag,
    content: bytes.subarray(offset, offset + length),
    bytes: bytes.subarray(start, offset + length),
  };
}

/** Dotted form of an OBJECT IDENTIFIER's content. Throws DerError. */
export function readOid(value: DerValue | undefined): string {
  const { content } = expectTag(value, tags.oid);
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const byte of content) {
    if (fresh && byte === 0x80) throw new DerError('object identifier is not minimal');
    if (arc > 0xff_ffff_ffff) throw new DerError('object identifier has too large an arc');
    arc = arc * 128 + (byte & 0x7f);
    fresh = byte < 0x80;
    if (!fresh) continue;
    if (arcs.length === 0) {
      const root = Math.min(2, Math.floor(arc / 40));
      arcs.push(root, arc - root * 40);
    } else arcs.push(arc);
    arc = 0;
  }
  if (!fresh || arcs.length === 0) throw new DerError('object identifier is cut short');
  return arcs.join('.');
}

export function readBoolean(value: DerValue | undefined): boolean {
  const { content } = expectTag(value, tags.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw new DerError('bad boolean');
  return content[0] === 0xff;
}

/** A non-negative integer below 2^31. */
export function readSmallInteger(value: DerValue | undefined): number {
  const { content } = expectTag(value, tags.integer);
  checkInteger(content);
  if (content.length > 4 || (content[0] ?? 0) >= 0x80) throw new DerError('integer is negative or too large');
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** Refuses integers that are empty or not minimal. */
export function checkInteger(content: Uint8Array): void {
  const [first, second] = content;
  if (first === undefined) throw new DerError('integer is empty');
  if (second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)))
    throw new DerError('integer is not minimal');
}

/** The bytes of a BIT STRING that has no unused bits. */
export function readBitStringBytes(value: DerValue | undefined): Uint8Array {
  const { content } = expectTag(value, tags.bitString);
  if (content[0] !== 0) throw new DerError('bit string with unused bits');
  return content.subarray(1);
}

/** Numbers of the bits that are set in a named-bit BIT STRING (KeyUsage). */
export function readNamedBits(value: DerValue | undefined): Set<number> {
  const { content } = expectTag(value, tags.bitString);
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0))
    throw new DerError('bad bit string');
  const set = new Set<number>();
  for (let i = 0; i < (content.length - 1) * 8; i++) {
    if (((content[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) === 0) continue;
    if (i >= (content.length - 1) * 8 - unused) throw new DerError('bad bit string');
    set.add(i);
  }
  return set;
}

/** Epoch ms of a UTCTime or GeneralizedTime in the one form that RFC 5280 (4.1.2.5) allows. */
export function readTime(value: DerValue | undefined): number {
  if (value === undefined) throw new DerError('a time is missing');
  const text = Buffer.from(value.content).toString('latin1');
  let iso: RegExpExecArray | null = null;
  let century = '';
  if (value.tag === tags.utcTime) {
    iso = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
    century = Number(iso?.[1]) >= 50 ? '19' : '20';
  } else if (value.tag === tags.generalizedTime) {
    iso = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  }
  if (iso === null) throw new DerError('bad time');
  const [, year, month, day, hour, minute, second] = iso;
  const canonical = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const time = Date.parse(canonical);
  if (Number.isNaN(time) || new Date(time).toISOString() !== canonical) throw new DerError('bad time');
  return time;
}

/** Writes one value. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x1_0000 ? 2 : 3;
  if (length > 0xff_ffff) throw new DerError('value is too long to write');
  const bytes = new Uint8Array(2 + lengthBytes + length);
  bytes[0] = tag;
  bytes[1] = lengthBytes === 0 ? length : 0x80 | lengthBytes;
  for (let i = 0; i < lengthBytes; i++) bytes[2 + i] = (length >> (8 * (lengthBytes - 1 - i))) & 0xff;
  let offset = 2 + lengthBytes;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

export function derSequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return der(tags.sequence, ...parts);
}

/** INTEGER from unsigned big-endian bytes. */
export function derUnsigned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const minimal = bytes.subarray(start);
  return (minimal[0] ?? 0) >= 0x80
    ? der(tags.integer, new Uint8Array(1), minimal)
    : der(tags.integer, minimal);
}

export function derOid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const septets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift(0x80 | (left & 0x7f));
    bytes.push(...septets);
  }
  return der(tags.oid, Uint8Array.from(bytes));
}

export function derBitString(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return der(tags.bitString, new Uint8Array(1), bytes);
}

/** Whole seconds; UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). `time` is epoch ms. */
export function derTime(time: number): Uint8Array<ArrayBuffer> {
  const digits = new Date(time)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const short = digits >= '1950' && digits < '2050';
  return der(
    short ? tags.utcTime : tags.generalizedTime,
    Buffer.from(short ? digits.slice(2) : digits, 'latin1'),
  );
}
