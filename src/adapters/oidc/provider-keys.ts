// The keys that identity providers publish (OpenID Connect Discovery 1.0, RFC 7517), kept for a while and fetched
// again when a token names one that is not there: that is how providers change keys. Anybody can make the server
// look for a key, so a provider is asked once in a while only, whatever comes.
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { fetchJson } from './fetch-json.ts';

const KEEP_MS = 3600_000;
/** Between two looks for a key that was not there, and after a look that failed. */
const PAUSE_MS = 30_000;
const MAX_PROVIDERS = 256;
const MAX_KEYS = 100;

interface Entry {
  readonly at: number;
  readonly keys: Promise<JWTVerifyGetKey>;
  failed: boolean;
}

export interface ProviderKeys {
  /** `fresh`: the kept keys did not do. Throws IdentityProviderUnreachable. */
  of(issuer: string, fresh: boolean): Promise<JWTVerifyGetKey>;
}

export function makeProviderKeys(clock: Clock): ProviderKeys {
  const kept = new Map<string, Entry>();

  async function load(issuer: string): Promise<JWTVerifyGetKey> {
    try {
      const configuration = await fetchJson(new URL(`${issuer}/.well-known/openid-configuration`));
      const named = configuration['issuer'];
      if (named !== issuer && named !== `${issuer}/`)
        throw new Error('its configuration names another issuer');
      const address = URL.parse(String(configuration['jwks_uri']));
      // The provider is who was configured; it cannot send the server anywhere else.
      if (address?.origin !== new URL(issuer).origin) throw new Error('its keys are not at its own address');
      const { keys } = await fetchJson(address);
      if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('it publishes no set of keys');
      return createLocalJWKSet({ keys });
    } catch (cause) {
      const why = cause instanceof Error && cause.name !== 'TypeError' ? cause.message : 'no answer';
      const message = `The identity provider ${issuer} cannot be asked for its keys: ${why}`;
      throw new DomainError('IdentityProviderUnreachable', message, {}, { cause });
    }
  }

  return {
    of(issuer, fresh) {
      const now = clock.now();
      const entry = kept.get(issuer);
      if (entry !== undefined) {
        const age = now - entry.at;
        if (age < PAUSE_MS || (!fresh && !entry.failed && age < KEEP_MS)) return entry.keys;
      }
      if (entry === undefined && kept.size >= MAX_PROVIDERS) {
        const oldest = kept.keys().next();
        if (!oldest.done) kept.delete(oldest.value);
      }
      const made: Entry = { at: now, keys: load(issuer), failed: false };
      made.keys.catch(() => {
        made.failed = true;
      });
      kept.set(issuer, made);
      return made.keys;
    },
  };
}
