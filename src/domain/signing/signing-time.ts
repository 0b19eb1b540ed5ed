// The authentic signing time of signatures: what the clock shows, in whole seconds, and never a later time.
import type { SigningClock } from './signing-clock.ts';

/**
 * The time to write into the next signature: epoch seconds, whole, and the moment (epoch ms) that it is of. `notBefore`:
 * when the signature's certificates begin (epoch ms). Throws ClockBehind, or CertificateNotYetValid when they begin later
 * than now.
 */
export type SigningTime = (notBefore: number) => { readonly signingTime: number; readonly now: number };

/** The certificates of a profile version were made while the clock was ahead. */
export class CertificateNotYetValid extends Error {
  override readonly name = 'CertificateNotYetValid';
  /** Epoch ms. */
  readonly notBefore: number;

  constructor(notBefore: number) {
    super(`the certificates begin at ${new Date(notBefore).toISOString()}, which the clock has not reached`);
    this.notBefore = notBefore;
  }
}

export function makeSigningTime(clock: Pick<SigningClock, 'now'>): SigningTime {
  return (notBefore) => {
    const now = clock.now();
    const signingTime = Math.floor(now / 1000);
    if (signingTime * 1000 < notBefore) throw new CertificateNotYetValid(notBefore);
    return { signingTime, now };
  };
}
