// What the Signer API's operations reach: the signing area's door.
import type { Signing } from '../../domain/signing/index.ts';

export interface SignerServices {
  readonly signing: Signing;
}
