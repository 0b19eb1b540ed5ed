// What DescribeImageSigningStatus tells: the stored statuses of one image, whatever became of the configuration since,
// each as good as the signature that it rests on.
import type { Clock } from '../../shared/clock.ts';
import { isDigest } from '../../shared/digest.ts';
import { DomainError } from '../errors.ts';
import type { Image, ImageId, RepositoryName } from '../registry/index.ts';
import type { Storage, Tx } from '../storage.ts';
import type { Lookups } from './lookups.ts';
import type { ImageSigningStatuses } from './ports.ts';
import { parseProfileArn } from './profile-arn.ts';
import { failureOf, type SignatureState, signatureState } from './signature-state.ts';
import type { Signing } from './signing.ts';
import type { ListedSigningStatus, SigningProfile } from './types.ts';

/** The registry's way from a client's image id to the image; throws RepositoryNotFound, ImageNotFound. */
export type ResolveImage = (name: RepositoryName, id: ImageId) => Promise<Image>;

export function makeStatus(deps: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly statuses: ImageSigningStatuses;
  readonly lookups: Lookups;
  readonly resolveImage: ResolveImage;
}): Signing['status'] {
  return async (name, id) => {
    if (id.digest === undefined && id.tag === undefined)
      throw invalid('imageId', 'both tag and digest cannot be null');
    if (id.digest !== undefined && !isDigest(id.digest))
      throw invalid('imageId.imageDigest', 'Member must be a sha256 or sha512 digest');
    const image = await deps.resolveImage(name, id);
    const stored = await deps.statuses.list(deps.storage.reader, image.repositoryId, image.digest);
    const statuses: ListedSigningStatus[] = [];
    for (const status of stored) {
      const state = await stateOfSignature(deps, status);
      statuses.push(
        state === undefined || state.kind === 'valid'
          ? status
          : { ...status, state: { status: 'FAILED', failure: failureOf(state, status) } },
      );
    }
    return { image, statuses };
  };
}

/** What became of the signature that a COMPLETE status rests on; undefined for any other status. */
export async function stateOfSignature(
  deps: { readonly clock: Clock; readonly lookups: Lookups },
  status: ListedSigningStatus,
  tx?: Tx,
): Promise<SignatureState | undefined> {
  if (status.state.status !== 'COMPLETE') return undefined;
  return signatureState(status.signature, await versionOf(deps.lookups, status, tx), deps.clock.now());
}

async function versionOf(
  lookups: Lookups,
  { profileArn, profileVersion: version }: ListedSigningStatus,
  tx: Tx | undefined,
): Promise<SigningProfile | undefined> {
  const named = parseProfileArn(profileArn);
  if (named === undefined) return undefined;
  return tx === undefined
    ? lookups.profileVersion({ ...named, version })
    : lookups.profileVersionInTx(tx, { ...named, version });
}

function invalid(parameter: string, constraint: string): DomainError {
  const message = `Invalid parameter at '${parameter}' failed to satisfy constraint: '${constraint}'`;
  return new DomainError('InvalidParameter', message, { parameter });
}
