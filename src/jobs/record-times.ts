// Writes down when things were used last (images pulled, access keys): in batches, because a use itself never writes.
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startRecordingTimes(deps: {
  /** For the log, e.g. `pulls`. */
  readonly of: string;
  readonly record: () => Promise<unknown>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const record = async () => {
    await deps.record();
  };
  const onError = (error: unknown) =>
    deps.log.error({ err: error }, `recording ${deps.of} failed; it is tried again`);
  const repetition = repeat(deps.intervalMs, record, onError);
  return {
    async stop() {
      await repetition.stop();
      // What was used since the last time would be forgotten.
      await record().catch(onError);
    },
  };
}
