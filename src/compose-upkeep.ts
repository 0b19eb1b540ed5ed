// The wiring of the commands that work on a data directory without being its server: collections of garbage, scrubs and
// the acceptance of the clock when no server has it, and backups whoever has it.
import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { makeBackupTarget } from './adapters/backup/target.ts';
import { openFileStore } from './adapters/blobs/fs.ts';
import { holdBackRemoval, openFileRemoval } from './adapters/data-dir/file-removal.ts';
import { openDataDirectory } from './adapters/data-dir/open.ts';
import { openMetadata } from './adapters/metadata/open.ts';
import { openTrail } from './compose-audit.ts';
import { type Config, credentialsFile } from './config/index.ts';
import { operatorEvent } from './domain/audit/index.ts';
import {
  type BackedUp,
  type BackUpOptions,
  backUp,
  type Collector,
  makeCollector,
  makeDigestLocks,
  makeInspector,
  makeLostLayers,
  makeRepositoryRemoval,
  makeScrubber,
  makeVerifiedManifests,
  type Scrubber,
  tellOfDamage,
} from './domain/registry/index.ts';
import {
  makeContentFound,
  makeFindLost,
  makeLookups,
  openSigningClock,
  type SigningClock,
} from './domain/signing/index.ts';
import { systemClock } from './shared/clock.ts';

export interface OpenUpkeep {
  readonly collector: Collector;
  readonly scrubber: Scrubber;
  close(): Promise<void>;
}

/** The care for what is stored, on a data directory that no server has. Throws Conflict when one has it. */
export async function composeUpkeep(config: Pick<Config, 'dataDir'>): Promise<OpenUpkeep> {
  const open = new AsyncDisposableStack();
  try {
    const directory = openDataDirectory(config.dataDir);
    open.defer(() => directory.release());
    const metadata = await openMetadata({
      path: directory.entry('metadata.db'),
      onError: (error) => {
        throw error;
      },
    });
    open.defer(() => metadata.close());
    const fileRemoval = openFileRemoval(directory.path);
    open.defer(() => fileRemoval.close());
    const { blobs } = await openFileStore(directory.path);
    const { images, signingJobs: jobs, signingConfigurations, signingProfiles, storage } = metadata;
    const lookups = makeLookups({
      reader: storage.reader,
      configurations: signingConfigurations,
      profiles: signingProfiles,
    });
    const statuses = metadata.imageSigningStatuses;
    const managedSignatures = {
      contentFound: makeContentFound({ images, jobs }),
      findLost: makeFindLost({ ...metadata, clock: systemClock, statuses, jobs, lookups }),
    };
    const deps = {
      ...metadata,
      ...tellOfDamage(metadata, managedSignatures),
      managedSignatures,
      clock: systemClock,
      blobFiles: blobs,
      locks: makeDigestLocks(),
      fileRemoval,
      pause: () => setImmediate(),
      // What a scrub gives names what is damaged.
      onDamage: () => {},
    };
    return {
      collector: makeCollector({ ...deps, removal: makeRepositoryRemoval(deps) }),
      scrubber: makeScrubber({
        ...deps,
        positions: metadata.upkeepPositions,
        inspector: makeInspector({ ...deps, lostLayers: makeLostLayers(deps) }),
        verifiedManifests: makeVerifiedManifests(deps),
        sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
      }),
      close: () => open.disposeAsync(),
    };
  } catch (error) {
    await open.disposeAsync();
    throw error;
  }
}

/** The clock beside the newest time of the records, on a data directory that no server has. */
export interface OpenClock {
  readonly signingClock: SigningClock;
  /** Records in the audit trail who accepts the clock, then does it. */
  accept(mark: number, by: string): Promise<{ readonly mark: number; readonly now: number }>;
  close(): Promise<void>;
}

/** undefined: a server has the data directory. */
export async function composeClock(config: Config): Promise<OpenClock | undefined> {
  const opened = await openTrail(config);
  if (opened === undefined) return undefined;
  const { metadata, trail } = opened;
  const signingClock = await openSigningClock({ ...metadata, clock: systemClock, onChange: () => {} });
  return {
    signingClock,
    async accept(mark, by) {
      trail.requireReady();
      const parameters = { 'newest-record': new Date(mark).toISOString() };
      const event = operatorEvent({ operation: 'AcceptClock', by, parameters }, config, Date.now());
      await trail.record(event, 'before-answer');
      return signingClock.accept(mark);
    },
    close: () => opened.close(),
  };
}

/** Makes backups of a data directory, whoever has it. */
export function composeBackup(
  config: Pick<Config, 'dataDir' | 'masterKeyFile'>,
  to: { readonly directory: string; readonly link: boolean },
): (options: BackUpOptions) => Promise<BackedUp> {
  const { dataDir, masterKeyFile } = config;
  const secrets = [masterKeyFile, credentialsFile(dataDir)];
  return (options) =>
    backUp(
      {
        clock: systemClock,
        target: makeBackupTarget({ dataDir, secrets, ...to }),
        holdBackRemoval: () => holdBackRemoval(dataDir),
        version: packageVersion(),
      },
      options,
    );
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
