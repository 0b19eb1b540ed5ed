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

export interface AdminClient {
  startGarbageRun(options: {
    readonly dryRun: boolean;
    readonly graceMs?: number;
  }): Promise<GarbageRunDocument>;
  garbageRun(): Promise<GarbageRunDocument>;
}

export function makeAdminClient(http: HttpClient, endpoint: string, identity: SigningIdentity): AdminClient {
  async function call(method: 'GET' | 'POST', query: string): Promise<GarbageRunDocument> {
    const url = new URL(`/admin/gc${query}`, endpoint);
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
    return document as unknown as GarbageRunDocument;
  }

  return {
    startGarbageRun({ dryRun, graceMs }) {
      const grace = graceMs === undefined ? '' : `&grace-seconds=${graceMs / 1000}`;
      return call('POST', `?dry-run=${dryRun}${grace}`);
    },
    garbageRun: () => call('GET', ''),
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
