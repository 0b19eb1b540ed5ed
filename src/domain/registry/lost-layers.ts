// Layers that an image names and whose own record is gone: nothing else would ever look for them. What is lost is no
// longer held by the repository, so that clients push it again, which heals it.
import { digestAlgorithm, digestOf, isDigest } from '../../shared/digest.ts';
import type { Reader, Storage } from '../storage.ts';
import type { DamageReport, LinkKey, StoredReferences } from './garbage-ports.ts';
import type { ManagedSignatures } from './managed-signatures.ts';
import { parseManifest } from './parse-manifest.ts';
import type { Images, Layers, Repositories } from './ports.ts';
import { type Image, RECORD_MISSING } from './types.ts';

/** Images that are asked whether they need the layer: many images share one. */
const PARENTS_ASKED = 50;

export interface LostLayersDeps {
  readonly storage: Storage;
  readonly repositories: Pick<Repositories, 'findById'>;
  readonly images: Pick<Images, 'find' | 'manifestBytes'>;
  readonly layers: Pick<Layers, 'find' | 'findDamaged' | 'unlink'>;
  readonly storedReferences: StoredReferences;
  readonly managedSignatures: Pick<ManagedSignatures, 'contentFound'>;
  /** Called once for each layer that is found lost while its repository still held it. */
  readonly onDamage: (report: DamageReport) => void;
}

export interface LostLayers {
  /**
   * Whether a layer that an image of the repository needs has no record, and writes that down. false as well for one that
   * no image needs to have here, such as a layer that is not to be distributed.
   */
  settle(layer: LinkKey): Promise<boolean>;
}

export function makeLostLayers(deps: LostLayersDeps): LostLayers {
  const { storage, repositories, images, layers, storedReferences } = deps;

  async function isStored(on: Reader, { repositoryId, digest }: LinkKey): Promise<boolean> {
    if ((await layers.find(on, repositoryId, digest)) !== undefined) return true;
    return (await layers.findDamaged(on, repositoryId, digest)) !== undefined;
  }

  async function needs(on: Reader, image: Image, { digest }: LinkKey): Promise<boolean> {
    const bytes = await images.manifestBytes(on, image.repositoryId, image.digest);
    // A manifest that is damaged itself is found by its own verification.
    if (bytes === undefined || !isDigest(image.digest)) return false;
    if (digestOf(bytes, digestAlgorithm(image.digest)) !== image.digest) return false;
    return parseManifest(bytes, image.mediaType).requiredLayers.includes(digest);
  }

  async function imagesThatNeed(on: Reader, layer: LinkKey): Promise<readonly Image[]> {
    const found: Image[] = [];
    const { repositoryId, digest } = layer;
    for (const parent of await storedReferences.parents(on, repositoryId, digest, PARENTS_ASKED)) {
      const image = await images.find(on, repositoryId, parent);
      if (image !== undefined && (await needs(on, image, layer))) found.push(image);
    }
    return found;
  }

  return {
    async settle(layer) {
      const { repositoryId, digest } = layer;
      const { reader } = storage;
      // Of a repository that was deleted the rows go in steps.
      if ((await repositories.findById(reader, repositoryId)) === undefined) return false;
      if (await isStored(reader, layer)) return false;
      // Manifests are parsed here, where nobody waits for it, and asked again where nobody can change them.
      const needing = await imagesThatNeed(reader, layer);
      if (needing.length === 0) return false;
      const { isLost, wasHeld } = await storage.write(async (tx) => {
        const stays = { isLost: false, wasHeld: false };
        if ((await repositories.findById(tx, repositoryId)) === undefined) return stays;
        if (await isStored(tx, layer)) return stays;
        let isNeeded = false;
        for (const { digest: image } of needing) {
          if ((await images.find(tx, repositoryId, image)) === undefined) continue;
          isNeeded = true;
          const content = { kind: 'layer', repositoryId, image, digest } as const;
          await deps.managedSignatures.contentFound(tx, content, RECORD_MISSING);
        }
        if (!isNeeded) return stays;
        return { isLost: true, wasHeld: await layers.unlink(tx, repositoryId, digest) };
      });
      if (wasHeld) deps.onDamage({ digest, fault: RECORD_MISSING });
      return isLost;
    },
  };
}
