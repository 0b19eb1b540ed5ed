// Exhaustiveness: the last line of every `switch` over a union.

export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** Of a composition: a part that has been made by the time that anybody needs it. */
export function made<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the composition is not complete');
  return part;
}
