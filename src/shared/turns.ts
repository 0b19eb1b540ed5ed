// Work of which only so much may be under way; what comes beyond waits in its order.

/** Runs the work when it is its turn, and gives what it gives. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function makeTurns(atATime: number): Turns {
  let free = atATime;
  const line: (() => void)[] = [];

  function leave(): void {
    const next = line.shift();
    if (next === undefined) free += 1;
    else next();
  }

  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await work();
    } finally {
      leave();
    }
  };
}
