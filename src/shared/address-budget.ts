// How much the addresses of strangers may make the server write: so much at once and so much a second for each address, and
// for all of them together. What is beyond is counted, so that it can be said how much it was and whose.
import { networkOf } from './ip-address.ts';

export interface Rate {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** What was refused since the last time that somebody asked. */
export interface Suppressed {
  readonly count: number;
  /** The addresses (/64 networks of IPv6) with most of it, most first. */
  readonly most: readonly { readonly address: string; readonly count: number }[];
  /** How much is of addresses that are not among these. */
  readonly ofOthers: number;
}

export interface AddressBudget {
  /** Whether one more may be written for this address now; when not, it is counted. */
  take(address: string): boolean;
  /** What was refused; forgotten afterwards. undefined: nothing. */
  takeSuppressed(): Suppressed | undefined;
}

/** Addresses that are remembered; beyond, the one that has been silent for longest is forgotten. */
const MAX_ADDRESSES = 10_000;
/** Addresses whose refusals are counted apart, and named. */
const MAX_COUNTED = 1000;
const MAX_NAMED = 10;

/** `now`: ms. */
export function makeAddressBudget(options: {
  readonly perAddress: Rate;
  readonly together: Rate;
  readonly now: () => number;
}): AddressBudget {
  const { perAddress, together, now } = options;
  const buckets = new Map<string, Bucket>();
  const all: Bucket = { left: together.atOnce, at: now() };
  let counts = new Map<string, number>();
  let suppressed = 0;

  function bucketOf(address: string, time: number): Bucket {
    const known = buckets.get(address);
    if (known !== undefined) {
      buckets.delete(address);
      buckets.set(address, known);
      return known;
    }
    if (buckets.size >= MAX_ADDRESSES)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest);
        break;
      }
    const made = { left: perAddress.atOnce, at: time };
    buckets.set(address, made);
    return made;
  }

  return {
    take(text) {
      const address = networkOf(text);
      const time = now();
      if (takeFrom(bucketOf(address, time), perAddress, time) && takeFrom(all, together, time)) return true;
      suppressed += 1;
      const count = counts.get(address);
      if (count !== undefined || counts.size < MAX_COUNTED) counts.set(address, (count ?? 0) + 1);
      return false;
    },
    takeSuppressed() {
      if (suppressed === 0) return undefined;
      const most = [...counts]
        .map(([address, count]) => ({ address, count }))
        .sort((a, b) => b.count - a.count)
        .slice(0, MAX_NAMED);
      const named = most.reduce((sum, { count }) => sum + count, 0);
      const result = { count: suppressed, most, ofOthers: suppressed - named };
      suppressed = 0;
      counts = new Map();
      return result;
    },
  };
}

interface Bucket {
  left: number;
  at: number;
}

function takeFrom(bucket: Bucket, { atOnce, perSecond }: Rate, time: number): boolean {
  // A clock that was put back gives nothing.
  bucket.left = Math.min(atOnce, bucket.left + (Math.max(0, time - bucket.at) / 1000) * perSecond);
  bucket.at = time;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}
