// What every AWS surface is given by the composition.
import type { AccessRequest, Decision } from '../../domain/access/index.ts';
import type { FindAccessKey } from '../auth/sigv4.ts';
import type { BodyRules } from '../read-body.ts';

export interface AwsSurfaceDeps<S> {
  readonly services: S;
  readonly findAccessKey: FindAccessKey;
  readonly authorize: (request: AccessRequest) => Decision;
  readonly bodies: BodyRules;
  /** Epoch ms. */
  readonly now: () => number;
}
