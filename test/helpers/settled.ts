// A count that goes up for a moment still: threads tell of what they did about ten times a second.
import { setTimeout as sleep } from 'node:timers/promises';

/** The count when it has not changed for half a second. */
export async function settled(count: () => Promise<number>): Promise<number> {
  for (let before = await count(); ; ) {
    await sleep(500);
    const now = await count();
    if (now === before) return now;
    before = now;
  }
}
