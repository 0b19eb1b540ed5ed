// The model of signing statuses with as many pushes as one likes: `npm run test:statuses -- --pushes 300 [--seed <n>]`.
// Ends at the first status that is not true with the seed, which makes the same pushes and fates again.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runStatuses } from '../test/model/statuses/run.ts';

const { values } = parseArgs({
  options: { pushes: { type: 'string', default: '300' }, seed: { type: 'string' } },
});
const pushes = Number(values.pushes);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(pushes) || pushes < 1 || !Number.isSafeInteger(seed))
  throw new Error('--pushes and --seed must be whole numbers');

process.stdout.write(`seed ${seed}, ${pushes} pushes\n`);
const began = performance.now();
const run = await runStatuses({
  seed,
  pushes,
  onKill: (kills, done) => {
    if (kills % 10 !== 0) return;
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`${seconds} s, ${kills} kills, ${done} images done\n`);
  },
});
process.stdout.write(`every status is true: ${JSON.stringify(run)}\n`);
