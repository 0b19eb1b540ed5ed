// What every AWS surface is given by the composition.
import type { AccessRequest, Decision } from '../../domain/access/index.ts';
import type { FindAccessKey } from '../auth/sigv4.ts';

export interface AwsSurfaceDeps<S> {
  readonly services: S;
  readonly findAccessKey: FindAccessKey;
  readonly authorize: (request: AccessRequest) => Decision;
  /** Epoch ms. */
  readonly now: () => number;
}
