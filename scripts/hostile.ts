// Random calls with hostile shapes, as many as one likes: `npm run test:hostile -- --calls 100000 [--seed <n>]
// [--from <n>]`. Call number n is the same for the same seed, so that a part of a run can be looked at again.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { runHostileCalls } from '../test/hostile/run.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
});
const calls = Number(values.calls);
const from = Number(values.from);
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
if (![calls, from, seed].every((number) => Number.isSafeInteger(number) && number >= 0))
  throw new Error('--calls, --seed and --from must be whole numbers');

process.stdout.write(`seed ${seed}, ${calls} calls\n`);
const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1000);
let told = 0;
const run = await runHostileCalls({
  seed,
  calls,
  from,
  onRound: ({ calls: done, statuses, violations }) => {
    if (seconds() < told + 30) return;
    told = seconds();
    process.stdout.write(
      `${told} s, ${done} calls, ${violations.length} violations ${JSON.stringify(statuses)}\n`,
    );
  },
});
for (const violation of run.violations) process.stdout.write(`${violation}\n`);
process.stdout.write(`${seconds()} s ${JSON.stringify({ ...run, violations: run.violations.length })}\n`);
process.exitCode = run.violations.length === 0 && run.calls === calls ? 0 : 1;
