// A reporter of node:test that ends the process at the first failed test: one is enough to decide about a mutant.
import type { TestEvent } from 'node:test/reporters';

export default async function* firstFailure(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== 'test:fail' || data.todo !== undefined || data.skip !== undefined) continue;
    // Written at once: an ordinary write could be lost with the process.
    process.stdout.write(`failed: ${data.name}\n`, () => process.exit(1));
    yield '';
  }
}
