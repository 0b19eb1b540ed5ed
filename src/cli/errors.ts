// How a command ends badly: the message is shown as it is, the class decides the exit code.

/** The command was understood and did not succeed: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The command was not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
