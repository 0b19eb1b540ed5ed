// What STS's operations reach.
import type { Sts } from '../../domain/access/index.ts';

export interface StsServices {
  readonly sts: Sts;
}
