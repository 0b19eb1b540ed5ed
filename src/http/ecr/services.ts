// What ECR's operations reach: the doors of the domain, and the addresses that clients use.
import type { DownloadUrls, LoginTokens, SealedClaims } from '../../domain/access/index.ts';
import type { Registry } from '../../domain/registry/index.ts';
import type { Signing } from '../../domain/signing/index.ts';
import type { RegistryKey } from '../../shared/arn.ts';

export interface EcrServices {
  readonly registry: Registry;
  readonly signing: Signing;
  readonly loginTokens: LoginTokens;
  readonly downloadUrls: DownloadUrls;
  /** Seals page tokens. */
  readonly claims: SealedClaims;
  readonly endpoints: {
    /** Origin of this server, no slash at the end. */
    publicUrl(): string;
    /** Host (and port) of a registry in image names. */
    registryHost(registry: RegistryKey): string;
  };
}
