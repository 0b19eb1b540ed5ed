// Named points of the signing cycle at which a test may stop or kill the process. docs/signing-cycle.md says
// what a crash at each point leaves behind and how it heals. In production nothing is called here.

export type CrashPoint =
  /** In the push's transaction: status, job and task are written, nothing is durable. */
  | 'plan:before-commit'
  /** The push's transaction is durable; the client has no answer yet. */
  | 'plan:committed'
  /** The task was delivered; nothing was read or made. */
  | 'run:started'
  /** A verified signature exists in memory only. */
  | 'run:signed'
  /** In the publishing transaction: referrer, COMPLETE and the task's end are written, nothing is durable. */
  | 'run:before-commit'
  /** The signature is durable and readable. */
  | 'run:committed';

/** Called at each point; the cycle waits for the promise, if one is given, outside of `plan:committed`. */
export type Checkpoint = (point: CrashPoint) => Promise<void> | void;

export function noCheckpoint(): void {}
