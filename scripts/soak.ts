// The storage model for as long as one likes: `npm run test:soak -- --minutes 60 [--seed <n>]`. Ends at the first
// violation with the seed, which makes the same sequence of work again.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runModel } from '../test/model/run.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes and --seed must be numbers');

process.stdout.write(`seed ${seed}, ${minutes} minutes\n`);
const began = performance.now();
const run = await runModel({
  seed,
  durationMs: minutes * 60_000,
  stepsToCheckpoint: 5000,
  onCheckpoint: (soFar) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`${seconds} s ${JSON.stringify(soFar)}\n`);
  },
});
process.stdout.write(`no violation: ${JSON.stringify(run)}\n`);
