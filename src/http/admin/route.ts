// What a route of the operator's surface is, and how it refuses.

import type { Caller, DecidedBy } from '../../domain/access/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';
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

/** Who asked, and where to note what was decided. */
export interface AdminCall {
  readonly caller: Caller;
  /** For the audit: what the call is about, and the policy statement that decided on it. */
  readonly decided: (facts: {
    readonly registry: RegistryKey;
    readonly resource: string;
    readonly decidedBy: DecidedBy | undefined;
  }) => void;
}

export interface AdminOperation {
  /** For logs and metrics. */
  readonly operation: string;
  /** Query parameters that it takes; others are refused before it runs. */
  readonly parameters: readonly string[];
  /**
   * `operator`: the root of the server's own account and nobody else. `principals`: whoever has good credentials; the
   * operation asks the policies by itself, before it looks at anything.
   */
  readonly for: 'operator' | 'principals';
  handle(query: URLSearchParams, call: AdminCall): Promise<AdminAnswer>;
}

/** The operations of one path, by method. */
export type AdminRoute = Readonly<Partial<Record<'GET' | 'POST' | 'DELETE', AdminOperation>>>;
