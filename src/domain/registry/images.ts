// Reading images: one, several, lists of them, their tags and referrers. Only `get` and `getMany` count as pulls.
import { DomainError } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { invalidParameter } from './errors.ts';
import { lookUpImage, resolveImage } from './find-image.ts';
import { MANIFEST_LIMIT_BYTES } from './parse-manifest.ts';
import type { ImageLists, Images, Repositories, Tags } from './ports.ts';
import type { PullTimes } from './pull-times.ts';
import type { ImageFailure, ImagesDoor, RepositoryName } from './registry.ts';
import { findRepository } from './repositories.ts';
import type { Image, ImageId, Repository, TaggedImage } from './types.ts';
import type { VerifiedManifests } from './verify-manifests.ts';

/** ECR's limit on a list of image ids. */
export const IMAGE_IDS_LIMIT = 100;

/** Manifests in one answer, bytes: one of the largest, or a hundred of a usual size. To write more would keep others waiting. */
const ANSWER_LIMIT_BYTES = MANIFEST_LIMIT_BYTES;

/** Tags of named images that are read in one turn: an image may have a thousand. */
const TAGS_AT_A_TIME = 2000;

export interface ImagesDeps {
  readonly storage: Storage;
  readonly repositories: Repositories;
  readonly images: Images;
  readonly imageLists: ImageLists;
  readonly tags: Tags;
  readonly verifiedManifests: VerifiedManifests;
  readonly pullTimes: PullTimes;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

export type ImageReads = Omit<
  ImagesDoor,
  'put' | 'deleteMany' | 'delete' | 'recordPulls' | 'takePulls' | 'addPulls'
>;

export function makeImages(deps: ImagesDeps): ImageReads {
  const { imageLists, tags, pullTimes, verifiedManifests } = deps;
  const { reader } = deps.storage;
  const find = (name: RepositoryName) => findRepository(deps.repositories, reader, name);
  const resolve = (repository: Repository, name: RepositoryName, id: ImageId) =>
    resolveImage(deps, reader, repository.id, name, id);

  return {
    resolve: async (name, id) => resolve(await find(name), name, id),

    async get(name, id) {
      const image = await resolve(await find(name), name, id);
      const manifestBytes = await verifiedManifests.read(image);
      pullTimes.note(image);
      return { image, manifestBytes };
    },

    async getMany(name, ids) {
      checkIds(ids);
      const repository = await find(name);
      const images: { imageId: ImageId; image: Image; manifestBytes: Uint8Array }[] = [];
      const failures: ImageFailure[] = [];
      let answerBytes = 0;
      for (const imageId of ids) {
        const found = await lookUpImage(deps, reader, repository.id, imageId);
        if (found.kind === 'failed') {
          failures.push({ imageId, code: found.code, reason: found.reason });
          continue;
        }
        const { image } = found;
        answerBytes += image.manifestSizeBytes;
        if (answerBytes > ANSWER_LIMIT_BYTES) throw answerTooLarge();
        images.push({ imageId, image, manifestBytes: await verifiedManifests.read(image) });
        pullTimes.note(image);
      }
      return { images, failures };
    },

    async describe(name, { ids, tagStatus, after, limit }) {
      const repository = await find(name);
      if (ids === undefined) {
        return imageLists.describe(reader, repository.id, {
          tagStatus,
          ...(after === undefined ? {} : { after }),
          limit,
        });
      }
      checkIds(ids);
      const items = new Map<string, TaggedImage>();
      let unpaused = 0;
      for (const id of ids) {
        const image = await resolve(repository, name, id);
        const ofImage = await tags.ofImage(reader, repository.id, image.digest);
        items.set(image.digest, { ...image, tags: ofImage });
        unpaused += ofImage.length;
        if (unpaused < TAGS_AT_A_TIME) continue;
        unpaused = 0;
        await deps.pause();
      }
      return { items: [...items.values()] };
    },

    list: async (name, query) => imageLists.entries(reader, (await find(name)).id, query),

    listTags: async (name, query) => tags.list(reader, (await find(name)).id, query),

    listReferrers: async (name, subject, query) =>
      imageLists.referrers(reader, (await find(name)).id, subject, query),
  };
}

export function checkIds(ids: readonly ImageId[]): void {
  if (ids.length === 0) {
    throw invalidParameter('imageIds', 'Member must have length greater than or equal to 1');
  }
  if (ids.length > IMAGE_IDS_LIMIT) {
    throw invalidParameter('imageIds', `Member must have length less than or equal to ${IMAGE_IDS_LIMIT}`);
  }
}

function answerTooLarge(): DomainError<'LimitExceeded'> {
  return new DomainError(
    'LimitExceeded',
    `The manifests are larger than ${ANSWER_LIMIT_BYTES} bytes together; ask for fewer images at a time`,
    {},
  );
}
