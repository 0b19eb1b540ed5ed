// Reads every blob, in files and in rows, and every manifest, so that damage is found while another copy still exists: slowly, in rounds from time to time,
// or all at once when an operator asks for it. How far a round came is written down: a restart goes on there.
import type { Clock } from '../../shared/clock.ts';
import { type Digest, digestHex } from '../../shared/digest.ts';
import { isDomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import type { Garbage, StoredManifests, StoredReferences, UpkeepPositions } from './garbage-ports.ts';
import type { Inspector, Verdict } from './inspect-blobs.ts';
import type { ManagedSignatures } from './managed-signatures.ts';
import type { Repositories } from './ports.ts';
import type { RunControl } from './runs.ts';
import {
  manifestKeyOf,
  manifestPlace,
  phaseAfter,
  placeOf,
  positionOf,
  referenceKeyOf,
  referencePlace,
  type ScrubPhase,
  type ScrubPlace,
} from './scrub-place.ts';
import { RECORD_MISSING } from './types.ts';
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
  /** Of a manifest, and of what `lost` says; else it is a layer. */
  readonly repositoryName?: string;
  /** How it is wrong, e.g. `wrong content`, `missing`, `record missing`; or `unreadable`. */
  readonly fault: string;
  /** What images or statuses name and the records no longer have. Absent: the bytes are wrong. */
  readonly lost?: 'layer' | 'signature';
  /** The image that a lost signature signs. */
  readonly subject?: Digest;
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
  readonly storedReferences: Pick<StoredReferences, 'page'>;
  readonly managedSignatures: Pick<ManagedSignatures, 'findLost'>;
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
  const { storage, clock, garbage, positions, inspector, storedManifests, verifiedManifests } = deps;

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
      const from: ScrubPlace = last?.from ?? { phase: 'manifests' };
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
      const put = async (place: ScrubPlace | undefined): Promise<void> => {
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

      const nameOf = async (repositoryId: number): Promise<string> =>
        (await deps.repositories.findById(storage.reader, repositoryId))?.name ?? '';

      const phases: Record<ScrubPhase, (after: string | undefined) => Promise<string | undefined>> = {
        async manifests(after) {
          const page = await storedManifests.page(storage.reader, {
            limit: PAGE,
            ...(after === undefined ? {} : { after: manifestKeyOf(after) }),
          });
          for (const { repositoryId, digest, sizeBytes } of page.items) {
            const outcome = await look(verifiedManifests.inspect({ repositoryId, digest }));
            if (outcome !== 'whole' && outcome !== 'gone')
              find({ digest, fault: outcome, repositoryName: await nameOf(repositoryId) });
            note({ manifests: scrubbed.manifests + 1 });
            await pace(sizeBytes);
          }
          return page.next && manifestPlace(page.next);
        },

        async references(after) {
          // Those of one layer follow each other: it is named once.
          let last = after === undefined ? undefined : referenceKeyOf(after);
          const page = await deps.storedReferences.page(storage.reader, {
            limit: PAGE,
            ...(last === undefined ? {} : { after: last }),
          });
          for (const { isStored, ...key } of page.items) {
            const { repositoryId, digest, kind } = key;
            const isSame = last?.repositoryId === repositoryId && last.digest === digest;
            last = key;
            if (isStored || isSame || kind === 'manifest') continue;
            if (await inspector.isLost({ repositoryId, digest }))
              find({
                digest,
                fault: RECORD_MISSING,
                repositoryName: await nameOf(repositoryId),
                lost: 'layer',
              });
            await pace(0);
          }
          await pace(0);
          return page.next && referencePlace(page.next);
        },

        async signatures(after) {
          const query = { limit: PAGE, ...(after === undefined ? {} : { after }) };
          const { lost, next } = await deps.managedSignatures.findLost(query);
          for (const one of lost) find({ ...one, lost: 'signature' });
          await pace(0);
          return next;
        },

        async blobs(after) {
          const page = await garbage.stored(storage.reader, {
            limit: PAGE,
            ...(after === undefined ? {} : { after: after as Digest }),
          });
          for (const blob of page.items) {
            signal.throwIfAborted();
            const { digest } = blob;
            const outcome = await look(inspector.inspect(blob, pace));
            if (outcome !== 'whole' && outcome !== 'gone') find({ digest, fault: outcome });
            note({ blobs: scrubbed.blobs + 1, part: partBefore(digest) });
            if (sincePut >= STEP_BYTES) await put({ phase: 'blobs', after: digest });
          }
          return page.next;
        },
      };

      for (let place: ScrubPlace | undefined = from; place !== undefined; ) {
        const phase: ScrubPhase = place.phase;
        const after: string | undefined = await phases[phase](place.after);
        const next: ScrubPhase | undefined = after === undefined ? phaseAfter(phase) : phase;
        place = next && { phase: next, ...(after === undefined ? {} : { after }) };
        await put(place);
        if (after !== undefined) await deps.sleep(1, signal);
      }
      note({ part: 1 });
      return scrubbed;
    },
  };
}

/** Digests are spread evenly, so a place in their order says which part of them comes before, without counting. */
function partBefore(digest: Digest): number {
  return Number.parseInt(digestHex(digest).slice(0, 6), 16) / 0x1_00_00_00;
}
