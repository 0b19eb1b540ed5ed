// An error as the AWS protocols put it: a bare name, a status, a message and, for a few, more members.
import { ExpectedError } from '../../shared/expected-error.ts';

export class WireError extends ExpectedError {
  override readonly name = 'WireError';
  /** The error's name on the wire, e.g. `RepositoryNotFoundException`. */
  readonly code: string;
  readonly status: number;
  /** Members beside the message. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    status: number,
    message: string,
    options: { readonly members?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = status;
    this.members = options.members ?? {};
  }
}
