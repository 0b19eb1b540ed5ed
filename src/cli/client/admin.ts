// Calls to a running server beside AWS's APIs: the operator's, signed by the root of its account, and every principal's.
import { CommandError } from '../errors.ts';
import { printable } from '../terminal.ts';
import type { HttpClient } from './http.ts';
import { type SigningIdentity, signed } from './signed.ts';

/** An index lists 4,096 children at most. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The path of work that the server does. */
export type RunPath = 'gc' | 'scrub';

/** What the server tells of such work, beside what it has done so far. */
export interface RunDocument {
  readonly id: string;
  readonly status: 'RUNNING' | 'COMPLETE' | 'STOPPED' | 'FAILED';
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

/** What asking for an image's signatures brought about, for each profile that is to sign it. */
export interface SignDocument {
  readonly registryId: string;
  readonly repositoryName: string;
  readonly imageDigest: string;
  readonly dryRun: boolean;
  readonly signingProfiles: readonly {
    readonly signingProfileArn: string;
    readonly outcome: 'PLANNED' | 'IN_PROGRESS' | 'COMPLETE' | 'NOT_SIGNED';
    readonly failureCode?: string;
    readonly failureReason?: string;
  }[];
  /** Of an index. */
  readonly children: readonly string[];
}

/** The server's clock beside the newest time of its records; times are ISO 8601. */
export interface ClockDocument {
  readonly status: 'RIGHT' | 'BEHIND';
  readonly now: string;
  readonly newestRecord?: string;
  readonly since?: string;
}

/** An upload that is open. */
export interface UploadDocument {
  readonly uploadId: string;
  readonly registryId: string;
  readonly region: string;
  readonly repositoryName: string;
  /** Empty: not known. */
  readonly principal: string;
  readonly receivedBytes: number;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface EndedUploads {
  readonly ended: number;
  /** Left, because a client is sending to them. */
  readonly underWay: number;
}

export interface AdminClient {
  clock(): Promise<ClockDocument>;
  /** `newestRecord`: as `clock` told it. */
  acceptClock(newestRecord: string): Promise<{ readonly accepted: string; readonly now: string }>;
  /** Parameters: id, repository, principal, empty. */
  uploads(query: Readonly<Record<string, string>>): Promise<readonly UploadDocument[]>;
  /** The same, or all. */
  endUploads(query: Readonly<Record<string, string>>): Promise<EndedUploads>;
  createAccount(accountId: string | undefined): Promise<NewAccountDocument>;
  accounts(): Promise<readonly AccountDocument[]>;
  startRun<Progress>(path: RunPath, query: Readonly<Record<string, string>>): Promise<RunDocument & Progress>;
  latestRun<Progress>(path: RunPath): Promise<RunDocument & Progress>;
  /** Ends the one that goes on, if one does, and gives the latest one. */
  endRun<Progress>(path: RunPath): Promise<RunDocument & Progress>;
}

export interface OwnClient {
  /** Asks for the signatures of one image. Parameters: repository, tag, digest, again, dry-run. */
  sign(query: Readonly<Record<string, string>>): Promise<SignDocument>;
}

export function makeAdminClient(
  http: HttpClient,
  endpoint: string,
  identity: SigningIdentity,
): AdminClient & OwnClient {
  async function call<T>(method: 'GET' | 'POST' | 'DELETE', target: string): Promise<T> {
    const url = new URL(target, endpoint);
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
    startRun: (path, query) => call('POST', `/admin/${path}?${new URLSearchParams(query).toString()}`),
    latestRun: (path) => call('GET', `/admin/${path}`),
    endRun: (path) => call('DELETE', `/admin/${path}`),
    clock: () => call('GET', '/admin/clock'),
    acceptClock: (newestRecord) =>
      call('POST', `/admin/clock?newest-record=${encodeURIComponent(newestRecord)}`),
    sign: (query) => call('POST', `/sign?${new URLSearchParams(query).toString()}`),
    createAccount: (accountId) =>
      call(
        'POST',
        `/admin/accounts${accountId === undefined ? '' : `?account-id=${encodeURIComponent(accountId)}`}`,
      ),
    async uploads(query) {
      const uploads: UploadDocument[] = [];
      let after: string | undefined = '';
      while (after !== undefined) {
        const search = new URLSearchParams({ ...query, after });
        const page: { readonly uploads: readonly UploadDocument[]; readonly next?: string } = await call(
          'GET',
          `/admin/uploads?${search.toString()}`,
        );
        uploads.push(...page.uploads);
        after = page.next;
      }
      return uploads;
    },
    async endUploads(query) {
      let ended = 0;
      let underWay = 0;
      let after: string | undefined = '';
      while (after !== undefined) {
        const search = new URLSearchParams({ ...query, after });
        const page: EndedUploads & { readonly next?: string } = await call(
          'DELETE',
          `/admin/uploads?${search.toString()}`,
        );
        ended += page.ended;
        underWay += page.underWay;
        after = page.next;
      }
      return { ended, underWay };
    },
    async accounts() {
      const accounts: AccountDocument[] = [];
      let after: string | undefined = '';
      while (after !== undefined) {
        const page: { readonly accounts: readonly AccountDocument[]; readonly next?: string } = await call(
          'GET',
          `/admin/accounts?after=${encodeURIComponent(after)}`,
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
