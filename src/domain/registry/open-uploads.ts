// How many uploads may be open: of a registry, of a repository, and of each principal, who cannot take what is there for
// all. Where a bound is reached, an upload that is empty and that nobody has touched for a while gives way. And what the
// operator sees and ends.
import { randomUUID } from 'node:crypto';
import { lastingIdOf, type Principal } from '../access/index.ts';
import type { DomainError } from '../errors.ts';
import type { Tx } from '../storage.ts';
import type { UploadsDeps } from './layer-uploads.ts';
import type { UploadScope } from './ports.ts';
import type { RepositoryName, UploadsDoor } from './registry.ts';
import { findRepository } from './repositories.ts';
import type { Repository, Upload } from './types.ts';
import * as refusal from './upload-errors.ts';

/** An upload that nobody touches for this long is freed, ms. */
export const UPLOAD_LIFETIME_MS = 24 * 3_600_000;
/** Open uploads of one registry and of one repository, and what one principal may have of them. */
export const MAX_OPEN_UPLOADS = {
  registry: 10_000,
  repository: 1000,
  principal: 2500,
  principalInRepository: 400,
};
/** An empty upload that is younger keeps its place: its client is about to send, ms. */
const UNTOUCHED_MS = 60_000;

interface Full {
  readonly scope: UploadScope;
  readonly refused: DomainError;
}

/** `busy`: ids of uploads that somebody works on; `drop` frees one. */
export function makeOpenUploads(
  deps: Pick<UploadsDeps, 'storage' | 'clock' | 'repositories' | 'uploads'>,
  busy: Set<string>,
  drop: (upload: Pick<Upload, 'id'>) => Promise<void>,
): Pick<UploadsDoor, 'begin' | 'list' | 'end'> {
  const { storage, clock, repositories, uploads } = deps;

  async function fullScope(
    tx: Tx,
    name: RepositoryName,
    repository: Repository,
    principalId: string,
  ): Promise<Full | undefined> {
    const { registry } = name;
    const own = await uploads.countOfPrincipal(tx, registry, principalId, repository.id);
    if (own.inRepository >= MAX_OPEN_UPLOADS.principalInRepository) {
      return {
        scope: { registry, principalId, repositoryId: repository.id },
        refused: refusal.tooManyOwnUploadsOfRepository(name, MAX_OPEN_UPLOADS.principalInRepository),
      };
    }
    if (own.total >= MAX_OPEN_UPLOADS.principal) {
      return {
        scope: { registry, principalId },
        refused: refusal.tooManyOwnUploads(name, MAX_OPEN_UPLOADS.principal),
      };
    }
    if ((await uploads.countOfRepository(tx, repository.id)) >= MAX_OPEN_UPLOADS.repository) {
      return {
        scope: { registry, repositoryId: repository.id },
        refused: refusal.tooManyUploadsOfRepository(name, MAX_OPEN_UPLOADS.repository),
      };
    }
    if ((await uploads.count(tx, registry)) >= MAX_OPEN_UPLOADS.registry) {
      return { scope: { registry }, refused: refusal.tooManyUploads(name, MAX_OPEN_UPLOADS.registry) };
    }
    return undefined;
  }

  /** Frees one, unless somebody works on it. */
  async function free(id: string): Promise<boolean> {
    if (busy.has(id)) return false;
    busy.add(id);
    try {
      await drop({ id });
      return true;
    } finally {
      busy.delete(id);
    }
  }

  /** Frees an empty upload that nobody touches. Throws the refusal when there is none. */
  async function makeRoom({ scope, refused }: Full): Promise<void> {
    const before = clock.now() - UNTOUCHED_MS;
    // Bytes on their way are not in the row yet.
    const untouched = await uploads.untouched(storage.reader, scope, before, busy.size + 1);
    for (const id of untouched) if (await free(id)) return;
    throw refused;
  }

  return {
    async begin(name, principal, options = {}) {
      const repository = await findRepository(repositories, storage.reader, name);
      const now = clock.now();
      const upload: Upload = {
        id: randomUUID(),
        repositoryId: repository.id,
        algorithm: options.algorithm ?? 'sha256',
        receivedBytes: 0,
        parts: 0,
        lastPartBytes: 0,
        createdAt: now,
        expiresAt: now + UPLOAD_LIFETIME_MS,
        openedBy: openerOf(principal),
      };
      for (;;) {
        const full = await storage.write(async (tx) => {
          const over = await fullScope(tx, name, repository, upload.openedBy.id);
          if (over !== undefined) return over;
          // Read again: the repository may have been deleted since.
          await findRepository(repositories, tx, name);
          await uploads.insert(tx, upload);
          return undefined;
        });
        if (full === undefined) return upload;
        await makeRoom(full);
      }
    },

    list: (filter, page) => uploads.list(storage.reader, filter, page),

    async end(filter, page) {
      const { items, next } = await uploads.list(storage.reader, filter, page);
      let ended = 0;
      for (const { id } of items) if (await free(id)) ended += 1;
      return { ended, underWay: items.length - ended, ...(next === undefined ? {} : { next }) };
    },
  };
}

function openerOf(principal: Principal): Upload['openedBy'] {
  return { id: lastingIdOf(principal), arn: principal.arn };
}
