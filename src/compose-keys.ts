// The wiring of the master keys: which are at hand, and how a new one is put in use while everything else goes on. A
// change is asked for by a file (`sealport keys rotate-master`); whoever holds the data directory carries it out, and
// goes on after a crash where it stopped.
import { setTimeout } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { makeLocalKeyStore } from './adapters/keys/local.ts';
import { type MasterKey, readMasterKey } from './adapters/keys/master-key.ts';
import {
  markRetired,
  offerNextKey,
  promoteNextKey,
  readFormerKeys,
  readNextKey,
  removeFormerKey,
} from './adapters/keys/master-key-files.ts';
import type { MasterKeyRing } from './adapters/keys/master-key-ring.ts';
import { makeSecretBox } from './adapters/keys/secret-box.ts';
import type { Metadata } from './adapters/metadata/open.ts';
import { openAudit, openIdleDirectory } from './compose-audit.ts';
import type { Config } from './config/index.ts';
import { resealAll } from './domain/pki/index.ts';
import { type Clock, systemClock } from './shared/clock.ts';
import { makeFairPause } from './shared/fair-pause.ts';

/** What lives longest of all that is sealed with a master key and given out: temporary credentials, 36 hours. */
const LONGEST_TOKEN_MS = 36 * 3600 * 1000;

export interface MasterKeyChanges {
  /** Looks whether there is something to do, and does it. Never two at a time. */
  step(): Promise<void>;
}

export interface MasterKeyChangeDeps {
  readonly path: string;
  readonly ring: MasterKeyRing;
  readonly metadata: Pick<Metadata, 'storage' | 'sealed'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info'>;
  /** Whoever holds copies of the keys gets those of now; resolves when none has the former ones alone. */
  readonly keysChanged: () => Promise<void>;
  /** Whoever remembers sealed records forgets them. */
  readonly recordsChanged: () => void;
  /** Called when a former key is about to retire: nothing may be left that only it vouches for. */
  readonly keyRetires: () => Promise<void>;
}

export function makeMasterKeyChanges(deps: MasterKeyChangeDeps): MasterKeyChanges {
  const { path, ring, metadata, clock, log } = deps;
  const keys = makeLocalKeyStore(ring);
  const secrets = makeSecretBox(ring);
  const pace = { storage: metadata.storage, pause: makeFairPause(setTimeout) };

  async function reseal(): Promise<number> {
    const { authorities, accessKeys, sessions } = metadata.sealed;
    const counts = [
      await resealAll(pace, authorities, (id, sealed) => keys.rewrap({ id, kind: 'local', sealed })),
      await resealAll(pace, accessKeys, (id, sealed) => secrets.reseal(id, sealed)),
      await resealAll(pace, sessions, (id, sealed) => secrets.reseal(id, sealed)),
    ];
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Until a whole pass finds nothing: what was made under the former key meanwhile is found, too. */
  async function resealEverything(): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await reseal();
      if (count === 0) return total;
      total += count;
      deps.recordsChanged();
    }
  }

  async function promote(next: MasterKey): Promise<void> {
    const former = ring.current;
    // Everybody can open what will be sealed under it, before anything is.
    ring.add(next);
    await deps.keysChanged();
    await promoteNextKey(path, former);
    ring.use(next);
    await deps.keysChanged();
    log.info({ masterKey: next.id, former: former.id }, 'a new master key is in use');
  }

  return {
    async step() {
      const next = await readNextKey(path);
      if (next !== undefined) await promote(next);
      const former = await readFormerKeys(path);
      for (const each of former.filter(({ state }) => state === 'retiring')) {
        const records = await resealEverything();
        await deps.keyRetires();
        await markRetired(path, each, clock.now());
        log.info({ masterKey: each.key.id, records }, 'everything is sealed under the new master key');
      }
      for (const each of former.filter(({ state }) => state === 'retired')) {
        if (clock.now() < each.since + LONGEST_TOKEN_MS) continue;
        await resealEverything();
        await removeFormerKey(path, each);
      }
      const left = new Set((await readFormerKeys(path)).map(({ key }) => key.id));
      const gone = ring.all.filter(({ id }) => id !== ring.current.id && !left.has(id));
      if (gone.length === 0) return;
      for (const { id } of gone) ring.forget(id);
      deps.recordsChanged();
      await deps.keysChanged();
      log.info(
        { masterKeys: gone.map(({ id }) => id) },
        'former master keys are gone, and logins made with them',
      );
    },
  };
}

export interface Rotation {
  readonly masterKey: string;
  readonly former: string;
}

/**
 * Asks for a new master key. `given`: a file that holds it. Resolves when nothing is sealed under the former one:
 * a server that holds the data directory does the work, or this process when none does.
 */
export async function rotateMasterKey(
  config: Config,
  options: {
    readonly given?: string | undefined;
    /** Logins that were made under the former key end at once. */
    readonly endLogins: boolean;
    readonly timeoutMs: number;
    readonly wait: (ms: number) => Promise<void>;
  },
): Promise<Rotation> {
  const path = config.masterKeyFile;
  const current = await readMasterKey(path);
  if (current === undefined) throw new Error(`there is no master key ${path}`);
  const next = await offerNextKey(path, options.given);
  if (next.id === current.id) throw new Error('this is the master key that is in use already');
  const deadline = systemClock.now() + options.timeoutMs;
  for (;;) {
    const waiting = await readNextKey(path);
    const former = await readFormerKeys(path);
    if (waiting === undefined && former.every(({ state }) => state === 'retired')) {
      if (options.endLogins) for (const each of former) await removeFormerKey(path, each);
      return { masterKey: next.id, former: current.id };
    }
    if (systemClock.now() > deadline)
      throw new Error(
        'the server that holds the data directory has not put the new key in use in time; it goes on by itself, look into its log',
      );
    if (!(await stepAlone(config))) await options.wait(200);
  }
}

/** One step without a server; false when a server holds the data directory. */
async function stepAlone(config: Config): Promise<boolean> {
  const log = pino({ level: 'silent' });
  await using open = new AsyncDisposableStack();
  const idle = await openIdleDirectory(config, open);
  if (idle === undefined) return false;
  const { directory, ring, metadata } = idle;
  const audit = await openAudit(config, directory.entry('audit'), ring, {
    log,
    clock: systemClock,
    segmentBytes: undefined,
    metadata,
  });
  open.defer(() => audit.close());
  const changes = makeMasterKeyChanges({
    path: config.masterKeyFile,
    ring,
    metadata,
    clock: systemClock,
    log,
    keysChanged: () => audit.renewHead(),
    recordsChanged: () => {},
    keyRetires: () => audit.renewHead(),
  });
  await changes.step();
  return true;
}
