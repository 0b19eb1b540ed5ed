// What the registry needs of its store, by role. `on` is the committed state or the caller's transaction.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Digest } from '../../shared/digest.ts';
import type { Page, Reader, Tx } from '../storage.ts';
import type {
  Image,
  ImageReference,
  Layer,
  NewRepository,
  Repository,
  TaggedImage,
  Upload,
} from './types.ts';

export interface Repositories {
  find(on: Reader, registry: RegistryKey, name: string): Promise<Repository | undefined>;
  findById(on: Reader, id: number): Promise<Repository | undefined>;
  /** By name, byte order, names greater than `after`. */
  list(
    on: Reader,
    registry: RegistryKey,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<Page<Repository, string>>;
  /** undefined when the name is taken. */
  insert(tx: Tx, repository: NewRepository): Promise<Repository | undefined>;
  update(tx: Tx, repository: Repository): Promise<void>;
  /**
   * From here on nothing of the repository is found, and its name is free. Its images, tags, layer links and signing
   * statuses are left to `RepositoryRemains`.
   */
  delete(tx: Tx, repository: Repository, at: number): Promise<void>;
}

/** What deleted repositories leave behind. */
export interface RepositoryRemains {
  /** The id of the deleted repository that waits for longest; undefined when there is none. */
  next(on: Reader): Promise<number | undefined>;
  /** Removes a bounded part of it, some milliseconds' work; `nothing`: all is gone, the repository's row too. */
  removeSome(tx: Tx, repositoryId: number): Promise<'more' | 'nothing'>;
}

export type TagStatus = 'TAGGED' | 'UNTAGGED' | 'ANY';

/** One line of ListImages: an image has one for each tag, or one without a tag. */
export interface ImageListEntry {
  readonly digest: Digest;
  readonly tag?: string;
}

export interface Images {
  find(on: Reader, repositoryId: number, digest: Digest): Promise<Image | undefined>;
  manifestBytes(on: Reader, repositoryId: number, digest: Digest): Promise<Uint8Array | undefined>;
  /** Stores the image, its bytes and what it references. The digest must be new in the repository. */
  insert(
    tx: Tx,
    image: Image,
    manifestBytes: Uint8Array,
    references: readonly ImageReference[],
  ): Promise<void>;
  /**
   * Removes the image, its tags, its references and its signing statuses. Its layers stay for the collector, whose
   * grace period for them begins `at` this moment: somebody may be pulling.
   */
  delete(tx: Tx, repositoryId: number, digest: Digest, at: number): Promise<void>;
  /**
   * Images without a subject, and pushed ones with one; managed signatures are neither. The same time whatever their
   * number.
   */
  count(on: Reader, repositoryId: number): Promise<{ readonly images: number; readonly referrers: number }>;
  /** Pushed manifests with this subject. */
  countReferrers(on: Reader, repositoryId: number, subject: Digest): Promise<number>;
  /** Up to `limit` images, in no order. */
  some(
    on: Reader,
    repositoryId: number,
    limit: number,
  ): Promise<readonly Pick<Image, 'digest' | 'subject' | 'pushedAt'>[]>;
  /** Manifests with this subject that were pushed before then (epoch ms), by digest. */
  referrersBefore(
    on: Reader,
    repositoryId: number,
    subject: Digest,
    query: { readonly pushedBefore: number; readonly after?: Digest; readonly limit: number },
  ): Promise<readonly Digest[]>;
  /** Which of `digests` the repository lacks as images. */
  missing(on: Reader, repositoryId: number, digests: readonly Digest[]): Promise<readonly Digest[]>;
  /** Up to `limit` digests of indexes in the repository that list this image. */
  parents(on: Reader, repositoryId: number, digest: Digest, limit: number): Promise<readonly Digest[]>;
  /** Digests of the managed signatures (see `Image.signingJobId`) of this image, in no order. */
  managedSignatures(on: Reader, repositoryId: number, subject: Digest): Promise<readonly Digest[]>;
  /** What a stored manifest names, in no order. */
  references(on: Reader, repositoryId: number, digest: Digest): Promise<readonly ImageReference[]>;
  touchPulled(tx: Tx, repositoryId: number, digest: Digest, at: number): Promise<void>;
}

/** An image that was deleted while others referred to it. */
export interface DeletedSubject {
  readonly repositoryId: number;
  readonly digest: Digest;
  /** Epoch ms. */
  readonly deletedAt: number;
}

export interface DeletedSubjects {
  /** Writes it down when something refers to it, to be looked at from `checkAt` on (epoch ms). */
  note(tx: Tx, subject: DeletedSubject, checkAt: number): Promise<void>;
  /** The one that has been due for longest; undefined when none is. */
  due(on: Reader, now: number): Promise<DeletedSubject | undefined>;
  find(on: Reader, repositoryId: number, digest: Digest): Promise<DeletedSubject | undefined>;
  ofRepository(on: Reader, repositoryId: number, limit: number): Promise<readonly DeletedSubject[]>;
  postpone(tx: Tx, subject: DeletedSubject, checkAt: number): Promise<void>;
  remove(tx: Tx, subject: DeletedSubject): Promise<void>;
}

/** Lists over images; every page costs the same whatever the repository's size. */
export interface ImageLists {
  /** By digest, with tags, without annotations. A page of many tags is shorter than the limit. */
  describe(
    on: Reader,
    repositoryId: number,
    query: { readonly tagStatus: TagStatus; readonly after?: Digest; readonly limit: number },
  ): Promise<Page<TaggedImage, Digest>>;
  /** By digest, then tag. */
  entries(
    on: Reader,
    repositoryId: number,
    query: { readonly tagStatus: TagStatus; readonly after?: ImageListEntry; readonly limit: number },
  ): Promise<Page<ImageListEntry, ImageListEntry>>;
  /**
   * Manifests whose subject is `subject`, managed signatures first, each part by digest: verifiers look at the first ones of a
   * list that others add to. The subject itself need not exist.
   * A page of long annotations is shorter than the limit.
   */
  referrers(
    on: Reader,
    repositoryId: number,
    subject: Digest,
    query: { readonly artifactTypes?: readonly string[]; readonly after?: Digest; readonly limit: number },
  ): Promise<Page<Image, Digest>>;
}

export interface Tags {
  find(on: Reader, repositoryId: number, tag: string): Promise<Digest | undefined>;
  ofImage(on: Reader, repositoryId: number, digest: Digest): Promise<readonly string[]>;
  /** By byte order, tags greater than `after`. */
  list(
    on: Reader,
    repositoryId: number,
    query: { readonly after?: string; readonly limit: number },
  ): Promise<Page<string, string>>;
  /** Points the tag at the image, whatever it pointed at before. */
  put(tx: Tx, repositoryId: number, tag: string, digest: Digest, at: number): Promise<void>;
  /** false when there was no such tag. */
  delete(tx: Tx, repositoryId: number, tag: string): Promise<boolean>;
}

/** A layer that was found damaged is not found, and missing, until it is stored again. */
export interface Layers {
  find(on: Reader, repositoryId: number, digest: Digest): Promise<Layer | undefined>;
  /** Which of `digests` the repository does not hold. */
  missing(on: Reader, repositoryId: number, digests: readonly Digest[]): Promise<readonly Digest[]>;
  /** A repository of the registry that holds the blob (for a mount that names no source). */
  findHolder(on: Reader, registry: RegistryKey, digest: Digest): Promise<Repository | undefined>;
  /** A layer that the repository holds and that was found damaged. */
  findDamaged(on: Reader, repositoryId: number, digest: Digest): Promise<Layer | undefined>;
  /** When a client was last told that the repository holds the blob (epoch ms). */
  heldSince(on: Reader, repositoryId: number, digest: Digest): Promise<number | undefined>;
  /** Writes down that a client is told so; false when the repository does not hold it. */
  renew(tx: Tx, repositoryId: number, digest: Digest, at: number): Promise<boolean>;
  /** Records the blob (once in the whole store) and that the repository holds it, as of now. */
  put(tx: Tx, repositoryId: number, layer: Layer, at: number): Promise<void>;
  /** false when the repository did not hold it. The blob itself stays for the collector. */
  unlink(tx: Tx, repositoryId: number, digest: Digest): Promise<boolean>;
  /** Whether a stored manifest of the repository names the blob. */
  isReferenced(on: Reader, repositoryId: number, digest: Digest): Promise<boolean>;
}

export interface Uploads {
  find(on: Reader, uploadId: string): Promise<Upload | undefined>;
  insert(tx: Tx, upload: Upload): Promise<void>;
  update(tx: Tx, upload: Upload): Promise<void>;
  /** false when it was gone already. */
  delete(tx: Tx, uploadId: string): Promise<boolean>;
  expired(on: Reader, before: number, limit: number): Promise<readonly Upload[]>;
  count(on: Reader, registry: RegistryKey): Promise<number>;
  countOfRepository(on: Reader, repositoryId: number): Promise<number>;
  /** Those that one principal opened: in the registry, and of these in one repository. */
  countOfPrincipal(
    on: Reader,
    registry: RegistryKey,
    principalId: string,
    repositoryId: number,
  ): Promise<{ readonly total: number; readonly inRepository: number }>;
  /** Ids of uploads without a byte that were opened before then, in no order. */
  untouched(on: Reader, scope: UploadScope, before: number, limit: number): Promise<readonly string[]>;
  /** Of all registries, by id. */
  list(
    on: Reader,
    filter: UploadFilter,
    page: { readonly after: string; readonly limit: number },
  ): Promise<Page<OpenUpload, string>>;
}

/** Whose uploads a bound counts. */
export interface UploadScope {
  readonly registry: RegistryKey;
  readonly principalId?: string;
  readonly repositoryId?: number;
}

/** What is absent is not asked for. */
export interface UploadFilter {
  readonly id?: string | undefined;
  readonly repositoryName?: string | undefined;
  readonly principalArn?: string | undefined;
  /** Those without a byte. */
  readonly isEmpty?: boolean | undefined;
}

/** An upload with the place that it is for. */
export interface OpenUpload {
  readonly id: string;
  readonly registry: RegistryKey;
  readonly repositoryName: string;
  /** Empty: opened before that was kept. */
  readonly principalArn: string;
  readonly receivedBytes: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Tags of AWS resources (repositories, signing profiles), by ARN. */
export interface ResourceTags {
  list(on: Reader, resourceArn: string): Promise<Readonly<Record<string, string>>>;
  put(tx: Tx, resourceArn: string, tags: Readonly<Record<string, string>>): Promise<void>;
  /** Removes the named keys, or all. */
  delete(tx: Tx, resourceArn: string, keys: readonly string[] | 'all'): Promise<void>;
}
