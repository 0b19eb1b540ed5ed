// Whether another thread has committed: what is remembered of committed records in this one may be old then. In the
// thread that commits, which is told of each change by its own transactions, the count never changes.

let countCommits = () => 0;

/** `count` changes with every commit of another thread, after it can be read and before anybody is told of it. */
export function watchCommits(count: () => number): void {
  countCommits = count;
}

/** Gives a check, to be made before each look at what is remembered: it calls `forget` when another thread has committed. */
export function forgetAfterCommits(forget: () => void): () => void {
  let known = countCommits();
  return () => {
    const now = countCommits();
    if (now === known) return;
    known = now;
    forget();
  };
}
