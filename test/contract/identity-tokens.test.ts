// Tokens of identity providers against a real provider over HTTP: what a stranger sends, and what goes wrong at the
// provider, takes nothing from those who have good tokens.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { makeIdentityTokens } from '../../src/adapters/oidc/identity-tokens.ts';
import type { OidcProvider } from '../../src/domain/access/types.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { type IdentityProvider, startIdentityProvider } from '../helpers/identity-provider.ts';

const HOUR = 3600_000;
const PAUSE = 5000;
const KEYS = '/keys';

interface World {
  readonly provider: IdentityProvider;
  readonly clock: { time: number; now: () => number };
  /** Waits that were begun, in ms; each ends when `pass` is called. */
  readonly waits: number[];
  /** Ends all waits; the clock goes on by as much. */
  pass(): void;
  /** `good`, or the code of the refusal. */
  verdict(token: string): Promise<string>;
}

async function open(t: TestContext): Promise<World> {
  const clock = { time: Date.now(), now: () => clock.time };
  const provider = await startIdentityProvider(clock.now);
  t.after(() => provider.close());
  const waits: number[] = [];
  const waiting: { readonly ms: number; readonly end: () => void }[] = [];
  const tokens = makeIdentityTokens({
    clock,
    sleep: (ms) => {
      waits.push(ms);
      return new Promise<void>((end) => waiting.push({ ms, end }));
    },
  });
  const configured: OidcProvider = {
    accountId: '123456789012',
    name: provider.name,
    issuer: provider.issuer,
    clientIds: [],
    thumbprints: [],
    tags: {},
    createdAt: 1,
  };
  return {
    provider,
    clock,
    waits,
    pass() {
      for (const { ms, end } of waiting.splice(0)) {
        clock.time += ms;
        end();
      }
    },
    async verdict(token) {
      try {
        await tokens.verify(tokens.read(token), configured);
        return 'good';
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return error.code;
      }
    },
  };
}

/** Lets what was begun come to where it waits. */
async function settle(world: World, waits: number): Promise<void> {
  for (let turn = 0; turn < 200 && world.waits.length < waits; turn += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(world.waits.length, waits);
}

test('strangers with unknown keys cost one look a pause, and hold up no good token', async (t) => {
  const world = await open(t);
  const { provider } = world;
  assert.equal(await world.verdict(await provider.token()), 'good');
  const first = provider.asked.length;
  const strangers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => provider.token({}, { kid: `made-up-${n}` })),
  );
  const verdicts = strangers.map((token) => world.verdict(token));
  await settle(world, 1);
  assert.ok((world.waits[0] ?? 0) <= PAUSE);
  assert.equal(provider.asked.length, first, 'not before the pause is over');
  for (let n = 0; n < 20; n += 1) assert.equal(await world.verdict(await provider.token()), 'good');
  world.pass();
  assert.deepEqual(new Set(await Promise.all(verdicts)), new Set(['InvalidIdentityToken']));
  assert.equal(provider.asked.length, first + 2, 'one look for all of them');
});

test('a new key is noticed whatever strangers have asked before', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  assert.equal(await world.verdict(await provider.token()), 'good');
  clock.time += PAUSE;
  assert.equal(await world.verdict(await provider.token({}, { kid: 'made-up' })), 'InvalidIdentityToken');
  await provider.changeKey();
  const rotated = world.verdict(await provider.token());
  await settle(world, 1);
  world.pass();
  assert.equal(await rotated, 'good');
});

test('a look that began before the token came is not the last word', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  assert.equal(await world.verdict(await provider.token()), 'good');
  clock.time += PAUSE;
  const former = await (await fetch(`${provider.issuer}${KEYS}`)).text();
  const held = Promise.withResolvers<void>();
  provider.answers.set(KEYS, { body: former, until: held.promise });
  const asked = provider.asked.length;
  const stranger = world.verdict(await provider.token({}, { kid: 'made-up' }));
  while (provider.asked.length < asked + 2) await new Promise((resolve) => setTimeout(resolve, 5));
  // The answer with the old keys is under way when the provider changes them.
  await provider.changeKey();
  const rotated = world.verdict(await provider.token());
  await new Promise((resolve) => setTimeout(resolve, 20));
  provider.answers.delete(KEYS);
  held.resolve();
  assert.equal(await stranger, 'InvalidIdentityToken');
  await settle(world, 1);
  world.pass();
  assert.equal(await rotated, 'good');
});

test('a provider that fails or publishes nonsense takes no key away', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  assert.equal(await world.verdict(await provider.token()), 'good');
  const jwk = { kty: 'RSA', kid: 'key-1', alg: 'ES256' };
  for (const answer of [
    { status: 503, body: '' },
    { body: '<html>' },
    { body: '{}' },
    { body: '{"keys":[]}' },
    { body: '{"keys":{}}' },
    { body: JSON.stringify({ keys: [7, null, {}, jwk, { ...jwk, n: '!', e: 7 }] }) },
    { body: JSON.stringify({ keys: [{ kty: 'oct', kid: 'key-1', k: 'c2VjcmV0' }] }) },
    { body: JSON.stringify({ keys: Array.from({ length: 101 }, () => jwk) }) },
    { body: `{"keys":[${' '.repeat(300_000)}]}` },
  ]) {
    provider.answers.set(KEYS, answer);
    for (const later of [PAUSE, HOUR]) {
      clock.time += later;
      const what = `${answer.body.slice(0, 40)} after ${later}`;
      assert.equal(await world.verdict(await provider.token()), 'good', what);
      // The fault is the provider's, not the token's: it may be tried again.
      clock.time += PAUSE;
      const unknown = await provider.token({}, { kid: 'made-up' });
      assert.equal(await world.verdict(unknown), 'IdentityProviderUnreachable', what);
      assert.equal(await world.verdict(await provider.token()), 'good', what);
    }
  }
  // One that cannot be read does not spoil the others.
  provider.answers.delete(KEYS);
  await provider.changeKey();
  const { keys } = (await (await fetch(`${provider.issuer}${KEYS}`)).json()) as { keys: object[] };
  provider.answers.set(KEYS, { body: JSON.stringify({ keys: [jwk, ...keys] }) });
  clock.time += PAUSE;
  assert.equal(await world.verdict(await provider.token()), 'good');
});

test('after an hour keys are looked for again, beside the tokens, and those that are gone count no more', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  const old = () => provider.token({ exp: Math.floor(clock.time / 1000) + 300 });
  assert.equal(await world.verdict(await old()), 'good');
  clock.time += HOUR;
  const held = Promise.withResolvers<void>();
  const body = await (await fetch(`${provider.issuer}${KEYS}`)).text();
  provider.answers.set(KEYS, { body, until: held.promise });
  // The provider does not answer: nobody waits for it.
  for (let n = 0; n < 3; n += 1) assert.equal(await world.verdict(await old()), 'good');
  held.resolve();
  provider.answers.delete(KEYS);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const withdrawn = await provider.token({ exp: Math.floor(clock.time / 1000) + 2 * 3600 });
  await provider.changeKey();
  clock.time += HOUR + PAUSE;
  assert.equal(await world.verdict(await provider.token()), 'good');
  const verdict = world.verdict(withdrawn);
  await settle(world, 1);
  world.pass();
  assert.equal(await verdict, 'InvalidIdentityToken');
});

test('a provider whose keys have no names may change them too', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  const nameless = async () => {
    const { keys } = (await (await fetch(`${provider.issuer}${KEYS}`)).json()) as { keys: object[] };
    return { body: JSON.stringify({ keys: keys.map((key) => ({ ...key, kid: undefined })) }) };
  };
  provider.answers.set(KEYS, await nameless());
  const token = () => provider.rawToken({}, { kid: undefined });
  assert.equal(await world.verdict(await token()), 'good');
  provider.answers.delete(KEYS);
  await provider.changeKey();
  provider.answers.set(KEYS, await nameless());
  clock.time += PAUSE;
  assert.equal(await world.verdict(await token()), 'good');
});

test('without keys the failure is told at once until the pause is over, and a token waits for nothing', async (t) => {
  const world = await open(t);
  const { provider, clock } = world;
  provider.answers.set(KEYS, { status: 500, body: '' });
  assert.equal(await world.verdict(await provider.token()), 'IdentityProviderUnreachable');
  const asked = provider.asked.length;
  provider.answers.delete(KEYS);
  assert.equal(await world.verdict(await provider.token()), 'IdentityProviderUnreachable');
  assert.equal(provider.asked.length, asked);
  clock.time += PAUSE;
  assert.equal(await world.verdict(await provider.token()), 'good');
  assert.deepEqual(world.waits, []);
});
