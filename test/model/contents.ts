// Chance from a seed, and the contents that the model pushes: a small pool, so that repositories share blobs and the
// same digest is pushed, mounted, deleted and collected at the same time.
import { createHash } from 'node:crypto';
import { OCI_CONFIG, OCI_MANIFEST } from '../../src/shared/media-types.ts';
import { blob, manifestOf, OCI_LAYER_GZIP, type TestBlob, type TestManifest } from '../helpers/images.ts';

export interface Chance {
  /** 0 (inclusive) to 1. */
  next(): number;
  /** 0 to `below - 1`. */
  below(below: number): number;
  one<T>(of: readonly T[]): T;
  /** True in so many of a hundred cases. */
  percent(of: number): boolean;
  /** Another stream of chance, of its own. */
  fork(name: string): Chance;
}

/** Mulberry32: small, fast, the same on every machine. */
export function makeChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    one<T>(of: readonly T[]): T {
      const chosen = of[below(of.length)];
      if (chosen === undefined) throw new RangeError('nothing to choose from');
      return chosen;
    },
    percent: (of) => below(100) < of,
    fork: (name) => makeChance(createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0)),
  };
}

const SIZES = [1, 13, 500, 2000, 3000, 30_000, 65_536, 65_537, 200_000, 5000, 700, 600_000];
const LAYERS = 150;
const CONFIGS = 6;

export interface ModelImage {
  readonly manifest: TestManifest;
  readonly blobs: readonly TestBlob[];
}

export interface Contents {
  readonly layers: readonly TestBlob[];
  /** Some image of the pool. */
  image(chance: Chance): ModelImage;
}

export function makeContents(seed: number): Contents {
  const layers = Array.from({ length: LAYERS }, (_, n) =>
    blob(bytesOf(`${seed} layer ${n}`, SIZES[n % SIZES.length] ?? 1)),
  );
  const configs = Array.from({ length: CONFIGS }, (_, n) =>
    blob(Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', seed, n }))),
  );
  return {
    layers,
    image(chance) {
      const config = chance.one(configs);
      const own = [...new Set(Array.from({ length: 1 + chance.below(3) }, () => chance.one(layers)))];
      const manifest = manifestOf(
        {
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          config: { mediaType: OCI_CONFIG, digest: config.digest, size: config.bytes.length },
          layers: own.map((layer) => ({
            mediaType: OCI_LAYER_GZIP,
            digest: layer.digest,
            size: layer.bytes.length,
          })),
          annotations: { edition: String(chance.below(4)) },
        },
        OCI_MANIFEST,
      );
      return { manifest, blobs: [config, ...own] };
    },
  };
}

function bytesOf(name: string, length: number): Buffer {
  const chance = makeChance(createHash('sha256').update(name).digest().readUInt32LE(0));
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = chance.below(256);
  return bytes;
}
