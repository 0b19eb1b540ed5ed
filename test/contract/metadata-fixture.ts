// A metadata store in a temporary directory, with rows to begin with.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Metadata, type OpenMetadataOptions, openMetadata } from '../../src/adapters/metadata/open.ts';
import type {
  Image,
  ImageReference,
  NewRepository,
  Repository,
  Upload,
} from '../../src/domain/registry/types.ts';
import type { SigningJob, SigningProfile } from '../../src/domain/signing/types.ts';
import type { Digest } from '../../src/shared/digest.ts';
import { OCI_MANIFEST } from '../../src/shared/media-types.ts';

export const registry = { accountId: '123456789012', region: 'us-east-1' };
export const otherRegistry = { accountId: '123456789012', region: 'eu-west-1' };

interface Test {
  after(fn: () => Promise<void> | void): void;
}

export function temporaryDirectory(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'sealport-metadata-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface Opened extends Metadata {
  readonly path: string;
  /** What onError was told. */
  readonly errors: unknown[];
  /** Every SQL text that was prepared. */
  readonly statements: Set<string>;
}

/** Opens a store that is closed and removed after the test. */
export async function openTemporary(
  t: Test,
  options: Pick<OpenMetadataOptions, 'sync'> = {},
): Promise<Opened> {
  const path = join(temporaryDirectory(t), 'metadata.db');
  const errors: unknown[] = [];
  const statements = new Set<string>();
  const metadata = await openMetadata({
    ...options,
    path,
    onError: (error) => errors.push(error),
    onStatement: (sql) => statements.add(sql),
  });
  t.after(() => metadata.close());
  return { ...metadata, path, errors, statements };
}

export function newRepository(name: string, changes: Partial<NewRepository> = {}): NewRepository {
  return {
    registry,
    name,
    createdAt: 1000,
    tagMutability: 'MUTABLE',
    tagMutabilityExclusions: [],
    scanOnPush: false,
    encryption: { encryptionType: 'AES256' },
    ...changes,
  };
}

export async function insertRepository(
  { storage, repositories }: Metadata,
  name = 'app',
  changes: Partial<NewRepository> = {},
): Promise<Repository> {
  const repository = await storage.write((tx) => repositories.insert(tx, newRepository(name, changes)));
  assert.ok(repository);
  return repository;
}

/** The digest whose hexadecimal part is `n`. */
export function digest(n: number): Digest {
  return `sha256:${n.toString(16).padStart(64, '0')}`;
}

export function newImage(repositoryId: number, n: number, changes: Partial<Image> = {}): Image {
  return {
    repositoryId,
    digest: digest(n),
    mediaType: OCI_MANIFEST,
    manifestSizeBytes: 7,
    imageSizeBytes: 1234,
    pushedAt: 2000 + n,
    ...changes,
  };
}

export async function insertImage(
  { storage, images, tags }: Metadata,
  image: Image,
  options: { readonly tags?: readonly string[]; readonly references?: readonly ImageReference[] } = {},
): Promise<void> {
  await storage.write(async (tx) => {
    await images.insert(tx, image, Buffer.from(`bytes of ${image.digest}`), options.references ?? []);
    for (const tag of options.tags ?? []) await tags.put(tx, image.repositoryId, tag, image.digest, 1);
  });
}

export function newProfile(
  name: string,
  version: string,
  changes: Partial<SigningProfile> = {},
): SigningProfile {
  return {
    owner: registry,
    name,
    version,
    platformId: 'Notation-OCI-SHA384-ECDSA',
    status: 'Active',
    validity: { value: 135, type: 'MONTHS' },
    parameters: { envelope: 'jws' },
    createdAt: 5000,
    ...changes,
  };
}

export function newJob(n: number, changes: Partial<SigningJob> = {}): SigningJob {
  return {
    id: `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`,
    owner: registry,
    profileName: 'release',
    profileVersion: 'abcdefghij',
    invoker: '123456789012',
    requestedBy: 'arn:aws:iam::123456789012:root',
    target: { kind: 'payload' },
    state: { status: 'InProgress' },
    attempts: 0,
    createdAt: n,
    ...changes,
  };
}

/** Follows a paged list to its end. */
export async function allPages<T, K>(
  list: (after: K | undefined) => Promise<{ readonly items: readonly T[]; readonly next?: K }>,
): Promise<readonly (readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  let after: K | undefined;
  do {
    const page = await list(after);
    pages.push(page.items);
    after = page.next;
    assert.ok(pages.length < 1000, 'the list does not end');
  } while (after !== undefined);
  return pages;
}

/** For stores and queues that must not meet a fault. */
export function unexpected(error: unknown): never {
  throw error;
}

export function newUpload(repositoryId: number, id: string, expiresAt = 100): Upload {
  return {
    id,
    repositoryId,
    algorithm: 'sha256',
    receivedBytes: 0,
    parts: 0,
    lastPartBytes: 0,
    createdAt: 1,
    expiresAt,
    openedBy: { id: 'AIDAu', arn: 'arn:aws:iam::123456789012:user/u' },
  };
}
