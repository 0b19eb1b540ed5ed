// Signing that somebody asks for by itself, of an image that is stored already: planned as a push plans it.
import type { ImagesToSign } from '../registry/index.ts';
import type { Storage } from '../storage.ts';
import type { PlanImage } from './plan-jobs.ts';
import type { Signing } from './signing.ts';

export function makeSignImage(deps: {
  readonly storage: Storage;
  readonly imagesToSign: Pick<ImagesToSign, 'find'>;
  readonly planImage: PlanImage;
}): Signing['signImage'] {
  return ({ registry, repositoryName, id, caller, again, isRehearsal }) =>
    deps.storage.write(async (tx) => {
      const { stored, children } = await deps.imagesToSign.find(tx, { registry, repositoryName }, id);
      const mode = again ? 'sign again' : 'sign';
      const profiles = await deps.planImage(tx, stored, caller, { mode, isRehearsal });
      return { image: stored.image, profiles, children };
    });
}
