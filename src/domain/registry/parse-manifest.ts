// Reads a manifest as far as the registry must understand it. The bytes themselves are stored and served as
// they came; members that are not known here are kept that way.
// Sources: image-spec 1.1 (manifest.md, image-index.md, descriptor.md), docker image manifest v2 schema 2.
import { type Digest, isDigest } from '../../shared/digest.ts';
import { exceededBound } from '../../shared/json-bounds.ts';
import {
  isIndexMediaType,
  isManifestMediaType,
  isNonDistributable,
  type ManifestMediaType,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../shared/media-types.ts';
import { DomainError } from '../errors.ts';
import { invalidManifest } from './errors.ts';
import { ambiguousMembers } from './manifest-members.ts';
import type { ImageReference } from './types.ts';

/** ECR's ImageManifest; the distribution specification asks for 4 MB at least. */
export const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;

/** Descriptors in one manifest: every one is looked up and recorded in the push's transaction. */
const DESCRIPTOR_LIMIT = 4096;

/** Of the whole document: the most descriptors there may be, with 32 values each; and of one object in it. */
const JSON_BOUNDS = { depth: 100, values: 32 * DESCRIPTOR_LIMIT, members: 2000 };
const BOUND_WORDS = { depth: 'levels', values: 'values', members: 'members in one object' } as const;

/** A larger manifest is parsed in one turn and read in another. */
const ONE_TURN_BYTES = 256 * 1024;

/**
 * Annotations of a manifest with a subject, bytes of JSON: a list of referrers repeats them for a whole page,
 * and is read at a time.
 */
const REFERRER_ANNOTATIONS_LIMIT_BYTES = 64 * 1024;

export interface ParsedManifest {
  readonly mediaType: ManifestMediaType;
  readonly artifactType?: string;
  readonly subject?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Config, layers and children, each once. */
  readonly references: readonly ImageReference[];
  /** Blobs that the repository must hold. */
  readonly requiredLayers: readonly Digest[];
  /** Images that the repository must hold. */
  readonly requiredImages: readonly Digest[];
  /** As the descriptors say. */
  readonly imageSizeBytes: number;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses manifest bytes. `mediaType` is the Content-Type without parameters; it wins, and the manifest's own
 * `mediaType` must agree with it.
 * Throws ManifestTooLarge, UnsupportedImageType, InvalidManifest.
 */
export function parseManifest(bytes: Uint8Array, mediaType: string | undefined): ParsedManifest {
  return readManifest(parseObject(bytes), bytes, mediaType);
}

/** The same; others have their turn while a large one is read. */
export async function parseManifestInTurns(
  bytes: Uint8Array,
  mediaType: string | undefined,
  pause: () => Promise<void>,
): Promise<ParsedManifest> {
  const json = parseObject(bytes);
  if (bytes.length > ONE_TURN_BYTES) await pause();
  return readManifest(json, bytes, mediaType);
}

function readManifest(json: JsonObject, bytes: Uint8Array, mediaType: string | undefined): ParsedManifest {
  const ambiguous = ambiguousMembers(bytes);
  if (ambiguous !== undefined) throw invalidManifest(ambiguous);
  const type = mediaTypeOf(json, mediaType);
  return isIndexMediaType(type) ? parseIndex(json, type) : parseImage(json, type);
}

function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.length > MANIFEST_LIMIT_BYTES) {
    throw new DomainError(
      'ManifestTooLarge',
      `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Member must have length less than or equal to ${MANIFEST_LIMIT_BYTES}'`,
      { limitBytes: MANIFEST_LIMIT_BYTES },
    );
  }
  const exceeded = exceededBound(bytes, JSON_BOUNDS);
  if (exceeded !== undefined) {
    throw invalidManifest(`The manifest must have at most ${JSON_BOUNDS[exceeded]} ${BOUND_WORDS[exceeded]}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw invalidManifest('Invalid JSON syntax');
  }
  if (!isObject(value)) throw invalidManifest('The manifest must be a JSON object');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unsupported(mediaType: string, why: string): DomainError<'UnsupportedImageType'> {
  return new DomainError('UnsupportedImageType', why, { mediaType });
}

function mediaTypeOf(json: JsonObject, given: string | undefined): ManifestMediaType {
  const own = json['mediaType'];
  if (own !== undefined && typeof own !== 'string') throw invalidManifest('mediaType must be a string');
  const mediaType = given ?? own;
  if (json['schemaVersion'] === 1) {
    throw unsupported(mediaType ?? '', 'Docker manifests of schema version 1 are not supported');
  }
  if (mediaType === undefined) {
    throw invalidManifest('The manifest has no mediaType; the request must name it');
  }
  if (!isManifestMediaType(mediaType)) {
    const named = mediaType.slice(0, 256);
    throw unsupported(named, `Manifests of media type '${named}' are not supported`);
  }
  if (own !== undefined && own !== mediaType) {
    throw invalidManifest(
      `The manifest's mediaType '${own.slice(0, 256)}' differs from the request's '${mediaType}'`,
    );
  }
  if (json['schemaVersion'] !== 2) throw invalidManifest('schemaVersion must be 2');
  return mediaType;
}

/** A document must not be readable as two kinds at once (image-spec, CVE-2021-41190). */
function refuseMembers(json: JsonObject, kind: string, members: readonly string[]): void {
  const found = members.find((member) => json[member] !== undefined);
  if (found !== undefined) throw invalidManifest(`${kind} must not have '${found}'`);
}

function parseImage(json: JsonObject, mediaType: ManifestMediaType): ParsedManifest {
  refuseMembers(json, 'An image manifest', ['manifests', 'fsLayers']);
  const config = descriptor(json['config'], 'config');
  const layers = descriptors(json['layers'], 'layers');
  return {
    mediaType,
    ...(mediaType === OCI_MANIFEST ? ociMembers(json, config.mediaType) : { artifactType: config.mediaType }),
    references: references([
      { digest: config.digest, kind: 'config' },
      ...layers.map(({ digest }): ImageReference => ({ digest, kind: 'layer' })),
    ]),
    requiredLayers: unique([config, ...layers.filter((layer) => !isNonDistributable(layer.mediaType))]),
    requiredImages: [],
    imageSizeBytes: totalSize([config, ...layers]),
  };
}

function parseIndex(json: JsonObject, mediaType: ManifestMediaType): ParsedManifest {
  refuseMembers(json, 'An image index', ['config', 'layers', 'fsLayers']);
  const children = descriptors(json['manifests'], 'manifests');
  // Build caches list blobs in an index; what is no manifest by its type must be there as a blob.
  const images = children.filter((child) => isManifestMediaType(child.mediaType));
  const blobs = children.filter((child) => !isManifestMediaType(child.mediaType));
  return {
    mediaType,
    ...(mediaType === OCI_INDEX ? ociMembers(json, undefined) : {}),
    references: references([
      ...images.map(({ digest }): ImageReference => ({ digest, kind: 'manifest' })),
      ...blobs.map(({ digest }): ImageReference => ({ digest, kind: 'layer' })),
    ]),
    requiredLayers: unique(blobs.filter((blob) => !isNonDistributable(blob.mediaType))),
    requiredImages: unique(images),
    imageSizeBytes: totalSize(children),
  };
}

/** What OCI has and docker's types lack. */
function ociMembers(
  json: JsonObject,
  configMediaType: string | undefined,
): Pick<ParsedManifest, 'artifactType' | 'subject' | 'annotations'> {
  const own = json['artifactType'];
  if (own !== undefined && (typeof own !== 'string' || own.length > 255)) {
    throw invalidManifest('artifactType must be a string of at most 255 characters');
  }
  // An empty one is none (image-spec, manifest.md, artifactType).
  const artifactType = own === undefined || own === '' ? configMediaType : own;
  const subject = json['subject'] === undefined ? undefined : descriptor(json['subject'], 'subject').digest;
  const annotations = annotationsOf(json['annotations']);
  const kept = subject === undefined ? undefined : annotations;
  if (kept !== undefined && Buffer.byteLength(JSON.stringify(kept)) > REFERRER_ANNOTATIONS_LIMIT_BYTES) {
    throw invalidManifest(
      `annotations of a manifest with a subject must have at most ${REFERRER_ANNOTATIONS_LIMIT_BYTES} bytes`,
    );
  }
  return {
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
    ...(kept === undefined ? {} : { annotations: kept }),
  };
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === 'string')) {
    throw invalidManifest('annotations must be a map of strings to strings');
  }
  return value as Readonly<Record<string, string>>;
}

function descriptors(value: unknown, path: string): readonly Descriptor[] {
  // Go writes an empty list that was never made as null.
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalidManifest(`${path} must be an array`);
  if (value.length > DESCRIPTOR_LIMIT) {
    throw invalidManifest(`${path} must have at most ${DESCRIPTOR_LIMIT} entries`);
  }
  return value.map((item: unknown, at) => descriptor(item, `${path}[${at}]`));
}

function descriptor(value: unknown, path: string): Descriptor {
  if (!isObject(value)) throw invalidManifest(`${path} must be a descriptor`);
  const { mediaType, digest, size } = value;
  if (typeof mediaType !== 'string' || mediaType === '' || mediaType.length > 255) {
    throw invalidManifest(`${path}.mediaType must be a string of 1 to 255 characters`);
  }
  if (typeof digest !== 'string' || !isDigest(digest)) {
    throw invalidManifest(`${path}.digest must be a sha256 or sha512 digest`);
  }
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalidManifest(`${path}.size must be a number of bytes`);
  }
  return { mediaType, digest, sizeBytes: size };
}

function totalSize(all: readonly Descriptor[]): number {
  const total = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (!Number.isSafeInteger(total)) throw invalidManifest('The sizes of the descriptors are out of range');
  return total;
}

function unique(all: readonly Descriptor[]): readonly Digest[] {
  return [...new Set(all.map(({ digest }) => digest))];
}

function references(all: readonly ImageReference[]): readonly ImageReference[] {
  return [...new Map(all.map((reference) => [`${reference.kind} ${reference.digest}`, reference])).values()];
}
