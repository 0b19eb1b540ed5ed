import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountId, openAccessStores } from '../../../../test/helpers/access-stores.ts';
import { LIMITS } from '../limits.ts';
import { rootPrincipal } from '../principal.ts';

test('one who asks for sessions has a share of them, and others get theirs', async () => {
  const stores = await openAccessStores();
  const { storage, sessions } = stores.metadata;
  const ask = (account: string) =>
    stores.sts.getSessionToken({
      principal: rootPrincipal(account, 'AKIAROOTROOTROOTROOT'),
      unsupported: {},
    });
  await ask(accountId);
  await storage.write(async (tx) => {
    for (let n = 1; n < LIMITS.sessionsOfRequester; n += 1)
      await sessions.insert(tx, {
        id: `ASIA${n}`,
        accountId,
        ownerId: accountId,
        sealedSecret: Uint8Array.of(1),
        facts: { sessionName: '', tags: {}, transitiveTagKeys: [], policies: [], policyIds: [], context: {} },
        issuedAt: stores.clock.time,
        expiresAt: stores.clock.time + 1000,
        requester: accountId,
      });
  });
  await assert.rejects(ask(accountId), { code: 'Throttled', message: /You have 10000 sessions/ });
  await storage.write(async (tx) => {
    await sessions.insert(tx, {
      id: 'ASIAother',
      accountId,
      ownerId: 'AROA1',
      sealedSecret: Uint8Array.of(1),
      facts: { sessionName: '', tags: {}, transitiveTagKeys: [], policies: [], policyIds: [], context: {} },
      issuedAt: stores.clock.time,
      expiresAt: stores.clock.time + 1000,
      requester: 'AIDAother',
    });
  });
  assert.equal(await sessions.countOfRequester(storage.reader, accountId, 'AIDAother', stores.clock.time), 1);
  stores.clock.time += 2000;
  await ask(accountId);
  await stores.close();
});
