// The authentic signing time of signatures. It never goes back within a process, whatever the machine's clock
// does, so that no signature can slip behind a revocation date that was set before it was made.
import type { Clock } from '../../shared/clock.ts';

/** Gives the time to write into the next signature: epoch seconds, whole, not before `notBefore` (epoch ms). */
export type SigningTime = (notBefore: number) => number;

export function makeSigningTime(clock: Clock): SigningTime {
  let last = 0;
  return (notBefore) => {
    last = Math.max(last, Math.floor(clock.now() / 1000), Math.ceil(notBefore / 1000));
    return last;
  };
}
