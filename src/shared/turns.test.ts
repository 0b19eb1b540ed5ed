import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { makeTurns } from './turns.ts';

test('so many at a time, in their order, also after one has failed', async () => {
  const turns = makeTurns(2);
  const begun: number[] = [];
  let underWay = 0;
  const work = Array.from({ length: 7 }, (_, at) =>
    turns(async () => {
      begun.push(at);
      underWay += 1;
      assert.ok(underWay <= 2);
      await setImmediate();
      underWay -= 1;
      if (at === 1) throw new Error('of the second');
      return at;
    }),
  );
  const ended = await Promise.allSettled(work);
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    ended.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason))),
    [0, 'Error: of the second', 2, 3, 4, 5, 6],
  );
  assert.equal(await turns(async () => 'later'), 'later');
});
