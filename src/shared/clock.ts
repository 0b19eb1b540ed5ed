// Time enters the product only here, so that tests can hold it.

/** A source of wall-clock time. `now()` gives epoch milliseconds. */
export interface Clock {
  now(): number;
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => Date.now() };
