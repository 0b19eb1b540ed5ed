// Hands signing tasks to the domain. The queue delivers at least once and counts attempts; what to do, when to
// give up and when to take the task out of the queue is the domain's to say.
import { SIGN_IMAGE, type Signing, type TaskQueue } from '../domain/signing/index.ts';

/** Starts taking tasks, at most `concurrency` at a time; ends with the queue. */
export function startSigningImages(deps: {
  readonly queue: TaskQueue;
  readonly signing: Pick<Signing, 'runJob'>;
  readonly concurrency: number;
}): void {
  deps.queue.work(SIGN_IMAGE, deps.concurrency, ({ key, attempt }) => deps.signing.runJob(key, attempt));
}
