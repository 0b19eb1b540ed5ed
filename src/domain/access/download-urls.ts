// URLs that fetch one blob without a login, for an hour: what GetDownloadUrlForLayer gives out.
import type { RegistryKey } from '../../shared/arn.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Digest } from '../../shared/digest.ts';
import type { SealedClaims } from './sealed-claims.ts';

/** Lifetime of a download URL, ms. */
export const DOWNLOAD_URL_LIFETIME_MS = 3600 * 1000;

/** Name of the query parameter that carries the seal. */
export const DOWNLOAD_PARAMETER = 'sealport-download';

const PURPOSE = 'download';

export type DownloadCheck =
  | { readonly kind: 'good'; readonly registry: RegistryKey }
  | { readonly kind: 'expired' }
  | { readonly kind: 'bad' };

export interface DownloadUrls {
  /** `publicUrl` is an origin without a slash at the end. */
  make(publicUrl: string, registry: RegistryKey, repositoryName: string, digest: Digest): string;
  /** Whether `seal` (the parameter's value) opens this blob of this repository now. */
  check(seal: string, repositoryName: string, digest: Digest): DownloadCheck;
}

export function makeDownloadUrls(deps: {
  readonly claims: SealedClaims;
  readonly clock: Clock;
}): DownloadUrls {
  return {
    make(publicUrl, registry, repositoryName, digest) {
      const seal = deps.claims.seal(PURPOSE, {
        account: registry.accountId,
        region: registry.region,
        repository: repositoryName,
        digest,
        expires: deps.clock.now() + DOWNLOAD_URL_LIFETIME_MS,
      });
      return `${publicUrl}/v2/${repositoryName}/blobs/${digest}?${DOWNLOAD_PARAMETER}=${seal}`;
    },
    check(seal, repositoryName, digest) {
      const claims = deps.claims.open(PURPOSE, seal);
      if (claims?.['repository'] !== repositoryName || claims['digest'] !== digest) return { kind: 'bad' };
      if (deps.clock.now() >= Number(claims['expires'])) return { kind: 'expired' };
      return {
        kind: 'good',
        registry: { accountId: String(claims['account']), region: String(claims['region']) },
      };
    },
  };
}
