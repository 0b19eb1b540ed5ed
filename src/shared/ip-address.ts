// IP addresses and blocks (CIDR) as numbers. An IPv4 address that is written as IPv6 (`::ffff:192.0.2.1`) is the
// IPv4 address.

export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface IpBlock extends IpAddress {
  /** Leading bits that an address must share. */
  readonly prefix: number;
}

const MAPPED = 0xffffn << 32n;

/** The address, or undefined when `text` is none. A zone (`%eth0`) is not part of an address. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { bits: 32, value: v4 };
  const v6 = text.length <= 45 ? parseV6(text) : undefined;
  if (v6 === undefined) return undefined;
  return v6 >> 32n === MAPPED >> 32n ? { bits: 32, value: v6 & 0xffffffffn } : { bits: 128, value: v6 };
}

/** A block such as `192.0.2.0/24`, or an address alone; undefined when `text` is neither. */
export function parseIpBlock(text: string): IpBlock | undefined {
  const slash = text.indexOf('/');
  const address = parseIpAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return { ...address, prefix: address.bits };
  const length = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  // The block of a mapped address counts from the front of its IPv6 spelling.
  const prefix = Number(length) - (address.bits === 32 && text.includes(':') ? 96 : 0);
  return prefix < 0 || prefix > address.bits ? undefined : { ...address, prefix };
}

/** Whether a socket's other end is on this machine; `address` as Node writes it. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.');
}

/**
 * Whom an address belongs to, as text: itself for IPv4, its /64 network for IPv6, which one customer has whole. What is no
 * address (a zone aside) stands for itself.
 */
export function networkOf(text: string): string {
  if (!text.includes(':')) return text;
  const address = parseIpAddress(text.split('%', 1)[0] ?? '');
  if (address === undefined) return text;
  const { bits, value } = address;
  const groups = (from: bigint, width: bigint, base: number) =>
    [0n, 1n, 2n, 3n].map((at) => ((value >> (from - at * width)) & ((1n << width) - 1n)).toString(base));
  return bits === 32 ? groups(24n, 8n, 10).join('.') : `${groups(112n, 16n, 16).join(':')}::/64`;
}

export function isInBlock(address: IpAddress, block: IpBlock): boolean {
  if (address.bits !== block.bits) return false;
  const rest = BigInt(block.bits - block.prefix);
  return address.value >> rest === block.value >> rest;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

/** Eight groups of up to four hexadecimal digits; `::` once for groups of zero; the last two may be an IPv4 address. */
function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const numbers: number[][] = [];
  for (const [index, half] of groups.entries()) {
    const parsed = groupsOf(half, index === groups.length - 1);
    if (parsed === undefined) return undefined;
    numbers.push(parsed);
  }
  const [head = [], tail] = numbers;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

function groupsOf(texts: readonly string[], last: boolean): number[] | undefined {
  const numbers: number[] = [];
  for (const [index, text] of texts.entries()) {
    const v4 = last && index === texts.length - 1 ? parseV4(text) : undefined;
    if (v4 !== undefined) numbers.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    else if (/^[0-9a-fA-F]{1,4}$/.test(text)) numbers.push(Number.parseInt(text, 16));
    else return undefined;
  }
  return numbers;
}
