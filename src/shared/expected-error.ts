// An error that says no to a caller, which is no fault of the program: it has no stack trace. Capturing one took a sixth of
// the CPU time of a flood of refused calls. What nobody expected is another kind of error and keeps its stack.

export class ExpectedError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, options);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
