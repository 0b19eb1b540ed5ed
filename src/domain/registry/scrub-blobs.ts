// Reads every blob, in files and in rows, and every manifest, so that damage is found while another copy still exists: slowly, in rounds from time to time,
// or all at once when an operator asks for it. How far a round came is written down: a restart goes on there.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestHex, isDigest } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { Garbage, ManifestKey, StoredManifests, UpkeepPositions } from './garbage-ports.ts';
import type { Inspector, Verdict } from './inspect-blobs.ts';
import type { Repositories } from './ports.ts';
import type { RunControl } from './runs.ts';
import type { ContentFault } from './types.ts';
import type { VerifiedManifests } from './verify-manifests.ts';

const TASK = 'scrub';
/** Rows looked at in one query. */
const PAGE = 200;
/** The position is written down after this many bytes. */
const STEP_BYTES = 64 * 1024 * 1024;
/** Shorter waits than this (ms) are saved up. */
const SHORTEST_WAIT_MS = 20;
/** Files that are named; more are only counted. */
const NAMED = 200;

export interface ScrubOptions {
  /**
   * `round`: goes on with the round that was not brought to its end, or begins one.
   * `all`: from the first file to the last, whatever the round; its end is the end of a round, too.
   */
  readonly scope: 'round' | 'all';
  /** Else as fast as the disk gives. */
  readonly bytesPerSecond?: number;
}

export interface ScrubFinding {
  readonly digest: Digest;
  /** Of a manifest; else it is a layer. */
  readonly repositoryName?: string;
  readonly fault: ContentFault | 'unreadable';
}

export interface Scrubbed {
  readonly manifests: number;
  readonly blobs: number;
  readonly bytes: number;
  /** About the part of all blobs that is done, 0 to 1. */
  readonly part: number;
  readonly damaged: number;
  /** What could not be read now, for another reason than their content. */
  readonly unreadable: number;
  /** The first ones of both. */
  readonly faults: readonly ScrubFinding[];
}

export const NOTHING_SCRUBBED: Scrubbed = {
  manifests: 0,
  blobs: 0,
  bytes: 0,
  part: 0,
  damaged: 0,
  unreadable: 0,
  faults: [],
};

export interface ScrubberDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly garbage: Garbage;
  readonly positions: UpkeepPositions;
  readonly inspector: Inspector;
  readonly storedManifests: StoredManifests;
  readonly verifiedManifests: Pick<VerifiedManifests, 'inspect'>;
  readonly repositories: Pick<Repositories, 'findById'>;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Scrubber {
  /** Whether a round was begun and not ended, or the last one began as long ago (ms). */
  isDue(intervalMs: number): Promise<boolean>;
  scrub(options: ScrubOptions & RunControl<Scrubbed>): Promise<Scrubbed>;
}

export function makeScrubber(deps: ScrubberDeps): Scrubber {
  const { storage, clock, garbage, positions, inspector, storedManifests, verifiedManifests, repositories } =
    deps;

  /** `from`: where it goes on, unless it came to its end. */
  async function lastRound() {
    const last = await positions.find(storage.reader, TASK);
    return last && { beganAt: last.roundBeganAt, from: placeOf(last.position) };
  }

  return {
    async isDue(intervalMs) {
      const last = await lastRound();
      return last === undefined || last.from !== undefined || clock.now() - last.beganAt >= intervalMs;
    },

    async scrub({ scope, bytesPerSecond, signal, onProgress }) {
      const last = scope === 'round' ? await lastRound() : undefined;
      const from: Place = last?.from ?? { phase: 'manifests' };
      const roundBeganAt = last?.from === undefined ? clock.now() : last.beganAt;
      let scrubbed = NOTHING_SCRUBBED;
      let sincePut = 0;
      let owedMs = 0;

      const note = (change: Partial<Scrubbed>): void => {
        scrubbed = { ...scrubbed, ...change };
        onProgress(scrubbed);
      };

      const find = (fault: ScrubFinding): void => {
        const { damaged, unreadable, faults } = scrubbed;
        note({
          ...(fault.fault === 'unreadable' ? { unreadable: unreadable + 1 } : { damaged: damaged + 1 }),
          ...(faults.length < NAMED ? { faults: [...faults, fault] } : {}),
        });
      };

      /** A scrub of all leaves the round where it is until it has done the same and more. */
      const put = async (place: Place | undefined): Promise<void> => {
        sincePut = 0;
        const position = place === undefined ? '' : positionOf(place);
        if (scope === 'round' || place === undefined)
          await storage.write((tx) => positions.put(tx, TASK, { position, roundBeganAt }));
      };

      const pace = async (bytes: number): Promise<void> => {
        sincePut += bytes;
        note({ bytes: scrubbed.bytes + bytes });
        signal.throwIfAborted();
        await deps.pause();
        if (bytesPerSecond === undefined) return;
        owedMs += (bytes * 1000) / bytesPerSecond;
        if (owedMs < SHORTEST_WAIT_MS) return;
        const wait = owedMs;
        owedMs = 0;
        await deps.sleep(wait, signal);
      };

      /** One that cannot be read now is told of, and does not end the scrub. */
      const look = (inspection: Promise<Verdict>): Promise<Verdict | 'unreadable'> =>
        inspection.catch((error: unknown) => {
          if (isDomainError(error, 'StorageUnavailable')) return 'unreadable' as const;
          throw error;
        });

      const scrubManifests = async (first: ManifestKey | undefined): Promise<void> => {
        let after = first;
        do {
          const page = await storedManifests.page(storage.reader, {
            limit: PAGE,
            ...(after === undefined ? {} : { after }),
          });
          for (const { repositoryId, digest, sizeBytes } of page.items) {
            const outcome = await look(verifiedManifests.inspect({ repositoryId, digest }));
            if (outcome !== 'whole' && outcome !== 'gone') {
              const repository = await repositories.findById(storage.reader, repositoryId);
              find({ digest, fault: outcome, repositoryName: repository?.name ?? '' });
            }
            note({ manifests: scrubbed.manifests + 1 });
            await pace(sizeBytes);
          }
          after = page.next;
          await put(after === undefined ? { phase: 'blobs' } : { phase: 'manifests', after });
          if (after !== undefined) await deps.sleep(1, signal);
        } while (after !== undefined);
      };

      const scrubBlobs = async (first: Digest | undefined): Promise<void> => {
        let after = first;
        do {
          const page = await garbage.stored(storage.reader, {
            limit: PAGE,
            ...(after === undefined ? {} : { after }),
          });
          for (const blob of page.items) {
            signal.throwIfAborted();
            const { digest } = blob;
            const outcome = await look(inspector.inspect(blob, pace));
            if (outcome !== 'whole' && outcome !== 'gone') find({ digest, fault: outcome });
            note({ blobs: scrubbed.blobs + 1, part: partBefore(digest) });
            if (sincePut >= STEP_BYTES) await put({ phase: 'blobs', after: digest });
          }
          after = page.next;
          await put(after === undefined ? undefined : { phase: 'blobs', after });
          if (after !== undefined) await deps.sleep(1, signal);
        } while (after !== undefined);
      };

      // The records first: they are few, and what is wrong with them is worth most.
      if (from.phase === 'manifests') await scrubManifests(from.after);
      await scrubBlobs(from.phase === 'blobs' ? from.after : undefined);
      note({ part: 1 });
      return scrubbed;
    },
  };
}

/** What comes next, as it is written down; a digest alone is one of blobs. */
type Place =
  | { readonly phase: 'manifests'; readonly after?: ManifestKey }
  | { readonly phase: 'blobs'; readonly after?: Digest };

function positionOf({ phase, after }: Place): string {
  if (after === undefined) return phase;
  return typeof after === 'string' ? after : `${phase} ${after.repositoryId} ${after.digest}`;
}

/** undefined at the end of a round. */
function placeOf(position: string): Place | undefined {
  if (isDigest(position)) return { phase: 'blobs', after: position };
  const [phase, id = '', digest = ''] = position.split(' ', 3);
  if (phase === 'blobs') return { phase };
  if (phase !== 'manifests' || !isDigest(digest)) return undefined;
  return { phase, after: { repositoryId: Number(id), digest } };
}

/** Digests are spread evenly, so a place in their order says which part of them comes before, without counting. */
function partBefore(digest: Digest): number {
  return Number.parseInt(digestHex(digest).slice(0, 6), 16) / 0x1_00_00_00;
}
