// The keys that identity providers publish (OpenID Connect Discovery 1.0, RFC 7517). What was good stays until something
// better is there: a provider that cannot be reached, or publishes nonsense, takes no key away. Keys are looked for again
// after a while, beside the tokens that the kept ones verify, and when a token names a key that is not there: that is
// how providers change keys. Anybody can send such a token, so one look serves all that wait for it, and looks have a pace.
import { createPublicKey } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createLocalJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../shared/clock.ts';
import { fetchJson } from './fetch-json.ts';

const KEEP_MS = 3600_000;
/** Between the beginnings of two looks at a provider. */
const PAUSE_MS = 5000;
const MAX_PROVIDERS = 256;
const MAX_KEYS = 100;
/** What a public key is made of, and how it is chosen; the rest (certificates, whatever else) is not kept. */
const MEMBERS = ['kty', 'kid', 'alg', 'use', 'key_ops', 'n', 'e', 'crv', 'x', 'y'] as const;

interface Provider {
  /** The last good ones. */
  keys?: JWTVerifyGetKey;
  /** When they came, epoch ms. */
  keptAt: number;
  /** When the last look began. */
  lookedAt: number;
  /** Why the last look gave no keys; none when it did. */
  failure?: DomainError;
  /** A look that goes on. */
  looking?: Promise<void>;
  /** A look that begins when the pause is over, for all that wait for it. */
  next?: Promise<void>;
}

export interface ProviderKeys {
  /** The keys at hand; waits for them only when there are none. Throws IdentityProviderUnreachable. */
  of(issuer: string): Promise<JWTVerifyGetKey>;
  /**
   * For a token that names a key which is not among the ones at hand: those of a look that is going on, or of the next
   * one. `isNew`: the look began after it was asked for, so that a further one would find no more. Throws
   * IdentityProviderUnreachable.
   */
  next(issuer: string): Promise<{ readonly keys: JWTVerifyGetKey; readonly isNew: boolean }>;
}

/** `sleep` in ms, for tests. */
export function makeProviderKeys(
  clock: Clock,
  sleep: (ms: number) => Promise<unknown> = (ms) => setTimeout(ms, undefined, { ref: false }),
): ProviderKeys {
  /** The one that was used longest ago first. */
  const providers = new Map<string, Provider>();

  function providerOf(issuer: string): Provider {
    const provider = providers.get(issuer) ?? { keptAt: 0, lookedAt: Number.NEGATIVE_INFINITY };
    providers.delete(issuer);
    if (providers.size >= MAX_PROVIDERS) forgetOne(providers);
    providers.set(issuer, provider);
    return provider;
  }

  /** Never rejects: what went wrong is the provider's failure. */
  async function look(issuer: string, provider: Provider): Promise<void> {
    provider.lookedAt = clock.now();
    try {
      provider.keys = await load(issuer);
      provider.keptAt = clock.now();
      delete provider.failure;
    } catch (cause) {
      provider.failure = unreachable(issuer, cause);
    } finally {
      delete provider.looking;
    }
  }

  function lookNow(issuer: string, provider: Provider): Promise<void> {
    provider.looking ??= look(issuer, provider);
    return provider.looking;
  }

  const pauseLeft = ({ lookedAt }: Provider) => Math.max(0, lookedAt + PAUSE_MS - clock.now());

  async function lookAfterPause(issuer: string, provider: Provider): Promise<void> {
    const wait = pauseLeft(provider);
    if (wait > 0) await sleep(wait);
    await lookNow(issuer, provider);
  }

  return {
    async of(issuer) {
      const provider = providerOf(issuer);
      const { keys } = provider;
      if (keys !== undefined) {
        if (clock.now() - provider.keptAt >= KEEP_MS && pauseLeft(provider) === 0)
          void lookNow(issuer, provider);
        return keys;
      }
      if (provider.looking === undefined && provider.failure !== undefined && pauseLeft(provider) > 0)
        throw provider.failure;
      await lookNow(issuer, provider);
      return foundBy(provider);
    },
    async next(issuer) {
      const provider = providerOf(issuer);
      if (provider.looking !== undefined) {
        await provider.looking;
        return { keys: foundBy(provider), isNew: false };
      }
      provider.next ??= lookAfterPause(issuer, provider).finally(() => {
        delete provider.next;
      });
      await provider.next;
      return { keys: foundBy(provider), isNew: true };
    },
  };
}

/** What the look that just ended has found. Throws what was in its way. */
function foundBy({ keys, failure }: Provider): JWTVerifyGetKey {
  if (failure !== undefined) throw failure;
  if (keys === undefined) throw new Error('a look for keys ended without keys and without a failure');
  return keys;
}

/** One that never had keys, else the one that was used longest ago. */
function forgetOne(providers: Map<string, Provider>): void {
  let oldest: string | undefined;
  for (const [issuer, { keys }] of providers) {
    oldest ??= issuer;
    if (keys === undefined) {
      oldest = issuer;
      break;
    }
  }
  if (oldest !== undefined) providers.delete(oldest);
}

async function load(issuer: string): Promise<JWTVerifyGetKey> {
  const configuration = await fetchJson(new URL(`${issuer}/.well-known/openid-configuration`));
  const named = configuration['issuer'];
  if (named !== issuer && named !== `${issuer}/`) throw new Error('its configuration names another issuer');
  const address = URL.parse(String(configuration['jwks_uri']));
  // The provider is who was configured; it cannot send the server anywhere else.
  if (address?.origin !== new URL(issuer).origin) throw new Error('its keys are not at its own address');
  const { keys } = await fetchJson(address);
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw new Error('it publishes no set of keys');
  const usable = keys.flatMap((key: unknown) => publicKey(key) ?? []);
  if (usable.length === 0) throw new Error('it publishes no key that can be used');
  return createLocalJWKSet({ keys: usable });
}

/** The key when it is a public one that can be read; others of the set are as good without it. */
function publicKey(value: unknown): JWK | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  if (given['kty'] !== 'RSA' && given['kty'] !== 'EC') return undefined;
  const key = Object.fromEntries(
    MEMBERS.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  try {
    createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
  return key;
}

function unreachable(issuer: string, cause: unknown): DomainError {
  const why = cause instanceof Error && cause.name !== 'TypeError' ? cause.message : 'no answer';
  const message = `The identity provider ${issuer} cannot be asked for its keys: ${why}`;
  return new DomainError('IdentityProviderUnreachable', message, {}, { cause });
}
