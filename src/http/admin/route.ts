// What a route of the operator's surface is, and how it refuses.
import { ExpectedError } from '../../shared/expected-error.ts';

export class AdminError extends ExpectedError {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface AdminAnswer {
  readonly status: number;
  readonly document: object;
}

export interface AdminOperation {
  /** For logs and metrics. */
  readonly operation: string;
  /** Query parameters that it takes; others are refused before it runs. */
  readonly parameters: readonly string[];
  handle(query: URLSearchParams): Promise<AdminAnswer>;
}

/** The operations of one path, by method. */
export type AdminRoute = Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', AdminOperation>>>;
