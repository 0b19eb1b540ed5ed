// How many pieces of work of one key are under way, so that one caller cannot have all that is done at a time.

export interface InFlight {
  /** Begins one; the result is disposed of at its end. undefined: the key has as many as it may. */
  begin(key: string): Disposable | undefined;
}

export function makeInFlight(most: number): InFlight {
  const counts = new Map<string, number>();
  return {
    begin(key) {
      const count = counts.get(key) ?? 0;
      if (count >= most) return undefined;
      counts.set(key, count + 1);
      return {
        [Symbol.dispose]() {
          const left = (counts.get(key) ?? 1) - 1;
          if (left === 0) counts.delete(key);
          else counts.set(key, left);
        },
      };
    },
  };
}
