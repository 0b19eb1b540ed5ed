// Writes down when images were pulled: pulls only note it in memory.
import type { Registry } from '../domain/registry/index.ts';
import type { JobLog } from './log.ts';
import { type Repetition, repeat } from './repeat.ts';

export function startRecordingPulls(deps: {
  readonly images: Pick<Registry['images'], 'recordPulls'>;
  readonly intervalMs: number;
  readonly log: JobLog;
}): Repetition {
  const { images, log } = deps;
  return repeat(
    deps.intervalMs,
    async () => {
      await images.recordPulls();
    },
    (error) => log.error({ err: error }, 'recording pull times failed; it is tried again'),
  );
}
