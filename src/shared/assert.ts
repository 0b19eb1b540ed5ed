// Exhaustiveness: the last line of every `switch` over a union.

export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
