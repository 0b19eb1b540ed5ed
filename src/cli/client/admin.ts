// The operator's calls to a running server, signed by the root of its account.
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import type { HttpClient } from './http.ts';
import { type SigningIdentity, signed } from './signed.ts';

const MAX_ANSWER_BYTES = 64 * 1024;

/** A collection of garbage as the server tells of it. */
export interface GarbageRunDocument {
  readonly id: string;
  readonly status: 'RUNNING' | 'COMPLETE' | 'FAILED';
  readonly dryRun: boolean;
  readonly links: number;
  readonly blobs: number;
  readonly strayFiles: number;
  readonly freedBytes: number;
  readonly reason?: string;
}

/** An account; the key pair is there only when it was just made. */
export interface AccountDocument {
  readonly accountId: string;
  readonly createdAt: string;
}

export type NewAccountDocument = AccountDocument & {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
};

export interface AdminClient {
  createAccount(accountId: string | undefined): Promise<NewAccountDocument>;
  accounts(): Promise<readonly AccountDocument[]>;
  startGarbageRun(options: {
    readonly dryRun: boolean;
    readonly graceMs?: number;
  }): Promise<GarbageRunDocument>;
  garbageRun(): Promise<GarbageRunDocument>;
}

export function makeAdminClient(http: HttpClient, endpoint: string, identity: SigningIdentity): AdminClient {
  async function call<T>(method: 'GET' | 'POST', target: string): Promise<T> {
    const url = new URL(`/admin/${target}`, endpoint);
    const { status, body } = await http.send(
      signed({ method, url, maxBytes: MAX_ANSWER_BYTES }, 'sealport', identity),
    );
    const document = parsed(body);
    if (document === undefined)
      throw new CommandError(`${endpoint} is no sealport server of this version (status ${status})`);
    if (status >= 300) {
      const message = typeof document['message'] === 'string' ? document['message'] : `status ${status}`;
      throw new CommandError(`${endpoint}: ${printable(message.slice(0, 1000))}`);
    }
    return document as T;
  }

  return {
    startGarbageRun({ dryRun, graceMs }) {
      const grace = graceMs === undefined ? '' : `&grace-seconds=${graceMs / 1000}`;
      return call('POST', `gc?dry-run=${dryRun}${grace}`);
    },
    garbageRun: () => call('GET', 'gc'),
    createAccount: (accountId) =>
      call(
        'POST',
        `accounts${accountId === undefined ? '' : `?account-id=${encodeURIComponent(accountId)}`}`,
      ),
    async accounts() {
      const accounts: AccountDocument[] = [];
      let after: string | undefined = '';
      while (after !== undefined) {
        const page: { readonly accounts: readonly AccountDocument[]; readonly next?: string } = await call(
          'GET',
          `accounts?after=${encodeURIComponent(after)}`,
        );
        accounts.push(...page.accounts);
        after = page.next;
      }
      return accounts;
    },
  };
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    return typeof document === 'object' && document !== null
      ? (document as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
