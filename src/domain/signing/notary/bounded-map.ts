// What a signing worker remembers from one request to the next: never more than a fixed number of entries.

/** Opened keys, parsed authorities, leaf templates that are kept, each. */
const kept = 64;

/** A map that forgets its oldest entry when it is full. A promise that rejects is forgotten at once. */
export function makeBoundedMap<T>(forget: (value: T) => void = ignore) {
  const entries = new Map<string, T>();
  return {
    get(name: string, make: () => T): T {
      const present = entries.get(name);
      if (present !== undefined) return present;
      const value = make();
      entries.set(name, value);
      if (value instanceof Promise)
        value.catch(() => {
          if (entries.get(name) === value) entries.delete(name);
        });
      const [oldest] = entries;
      if (entries.size > kept && oldest !== undefined) {
        entries.delete(oldest[0]);
        forget(oldest[1]);
      }
      return value;
    },
  };
}

export function ignore(): void {}
