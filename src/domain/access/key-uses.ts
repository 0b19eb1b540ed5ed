// When an access key was used last, and for what. A request only notes it in memory; a background job writes the
// notes. What a crash loses is a minute of these times, never anything else.
import type { Clock } from '../../shared/clock.ts';
import type { Storage } from '../storage.ts';
import type { AccessKeys, Identities } from './ports.ts';
import type { Principal } from './principal.ts';

/** A use is worth a write when the last one is this old. */
const RESOLUTION_MS = 60_000;
/** Keys that wait for their write, and keys whose last write is remembered. */
const LIMIT = 10_000;
/** Rows in one transaction: other writers share it and wait for it. */
const BATCH = 200;

interface Note {
  readonly principal: Principal;
  readonly at: number;
  readonly service: string;
  readonly region: string;
}

export interface KeyUses {
  /** Never writes, never fails. */
  note(principal: Principal, service: string, region: string): void;
  /** Writes what was noted so far; gives how many notes. */
  record(): Promise<number>;
}

export function makeKeyUses(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly accessKeys: Pick<AccessKeys, 'touch'>;
  readonly identities: Pick<Identities, 'findById' | 'update'>;
}): KeyUses {
  const waiting = new Map<string, Note>();
  const written = new Map<string, number>();
  /** A role's sessions are many: their use is the role's. */
  const keyOf = (principal: Principal) =>
    principal.kind === 'assumed-role' ? principal.roleId : principal.accessKeyId;
  return {
    note(principal, service, region) {
      const key = keyOf(principal);
      const at = deps.clock.now();
      if (waiting.has(key) || waiting.size >= LIMIT || at - (written.get(key) ?? 0) < RESOLUTION_MS) return;
      waiting.set(key, { principal, at, service, region });
    },
    async record() {
      const notes = [...waiting.entries()];
      for (let from = 0; from < notes.length; from += BATCH) {
        const batch = notes.slice(from, from + BATCH);
        // Nothing that is kept in memory depends on these columns.
        await deps.storage.write(async (tx) => {
          for (const [, { principal, at, service, region }] of batch) {
            if (principal.kind !== 'assumed-role') {
              await deps.accessKeys.touch(tx, principal.accessKeyId, { at, service, region });
              continue;
            }
            const role = await deps.identities.findById(tx, principal.roleId);
            if (role?.kind === 'role')
              await deps.identities.update(tx, { ...role, lastUsed: { at, region } });
          }
        });
        if (written.size + batch.length > LIMIT) written.clear();
        for (const [key, { at }] of batch) {
          waiting.delete(key);
          written.set(key, at);
        }
      }
      return notes.length;
    },
  };
}
