// The yardstick for signing: what three P-384 operations (a key, two signatures) cost on this machine now.
import { generateKeyPairSync, sign } from 'node:crypto';

export interface P384Cost {
  /** Milliseconds for one key pair and two signatures, median. */
  readonly threeOperationsMs: number;
  /** Signatures in a second on one core. */
  readonly signaturesPerSecond: number;
}

export function measureP384(rounds = 300): P384Cost {
  const message = Buffer.alloc(600, 7);
  const times: number[] = [];
  let signing = 0;
  for (let i = 0; i < rounds; i += 1) {
    const started = performance.now();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    const before = performance.now();
    sign('sha384', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    sign('sha384', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const ended = performance.now();
    signing += ended - before;
    times.push(ended - started);
  }
  times.sort((a, b) => a - b);
  return {
    threeOperationsMs: times[Math.floor(rounds / 2)] ?? Number.NaN,
    signaturesPerSecond: (2 * rounds * 1000) / signing,
  };
}
