// Writes down when images were last pulled: in batches, because a pull itself never writes.
import type { Registry } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startRecordingPulls(deps: {
  readonly images: Pick<Registry['images'], 'recordPulls'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const record = async () => {
    await deps.images.recordPulls();
  };
  const onError = (error: unknown) =>
    deps.log.error({ err: error }, 'recording pulls failed; it is tried again');
  const repetition = repeat(deps.intervalMs, record, onError);
  return {
    async stop() {
      await repetition.stop();
      // What was pulled since the last time would be forgotten.
      await record().catch(onError);
    },
  };
}
