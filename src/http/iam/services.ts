// What IAM's operations reach.
import type { Iam, SealedClaims } from '../../domain/access/index.ts';

export interface IamServices {
  readonly iam: Iam;
  /** Seals markers. */
  readonly claims: SealedClaims;
}
